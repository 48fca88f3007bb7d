FROM debian:trixie AS Files
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN <<EOF
apt-get update
# not a comment of the Dockerfile
apt-get install -y --no-install-recommends curl
EOF
RUN 3<<-"ONE" <<'two words' cat /dev/fd/3
	tabs $are taken off
	ONE
$nothing is replaced
two words
COPY <<config.json <<-motd /etc/app/
{"user": "${USER:-nobody}", "path": "${PATH//:/;}"}
config.json
		Welcome
motd
RUN python3 << PY > /out
print("a \
b")
PY
ONBUILD RUN <<LATER cat
said in the child
LATER
ONBUILD COPY . /src
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d --unpack=false https://example.com/a.tar.gz /opt/
ADD --keep-git-dir=true https://example.com/repository.git#v1 /src
MAINTAINER Somebody <somebody@example.com>
