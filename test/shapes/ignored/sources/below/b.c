sources/below/b.c
