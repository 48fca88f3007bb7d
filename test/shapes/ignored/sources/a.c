sources/a.c
