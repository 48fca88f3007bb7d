from golang:1.24 as build
arg TARGETOS TARGETARCH
arg LDFLAGS="-s -w"
run --network=none --security=sandbox --device=vendor.example/device=one,required true
run --mount=target=. --mount=type=cache,id=go-$TARGETARCH,target=/root/.cache/go-build,mode=0700,uid=${UID:-0},gid=0 \
  --mount=type=tmpfs,target=/tmp,size=64m \
  --mount=type=secret,id=netrc,target=/root/.netrc,required=true,mode=0400 \
  --mount=type=secret,id=token,env=TOKEN \
  --mount=type=ssh,id=default,required \
  --mount='type=bind,"from=build","source=/a,b",target=/mnt,rw' \
  GOOS=$TARGETOS GOARCH=$TARGETARCH go build -ldflags "$LDFLAGS" -o /out/app ./cmd/app
run ["/bin/sh", "-c", "echo \"quoted\" \u00e9 \\ \/ done"]
run [ -f /out/app ] && echo "it's \
there"
from scratch
copy --from=0 --parents ["/out/app", "/with space/"]
copy --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
env a=1 b="$a" c='$a' d=\$a e=${a:+x} f=${b#*/} g=${b##*/} h=${b%.*} i=${b%%.*} j=${b/x/y} k=${b//x/y} l=${missing?}
cmd exec /app --flag="$HOME" 'it is' \
