// What a static program expects of an image: roots for TLS, time zones, accounts, types of files, names of services.
// Prints a line for each and ends with 1 where one is wrong.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"mime"
	"net"
	"os"
	"os/user"
	"time"
)

var failed bool

func check(what string, ok bool, detail any) {
	fmt.Printf("%s: %v %v\n", what, ok, detail)
	failed = failed || !ok
}

func roots() (int, error) {
	data, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	count := 0
	for err == nil {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		_, err = x509.ParseCertificate(block.Bytes)
		count++
	}
	return count, err
}

func main() {
	count, err := roots()
	pool, poolErr := x509.SystemCertPool()
	loaded := 0
	if poolErr == nil {
		loaded = len(pool.Subjects())
	}
	check("roots", err == nil && poolErr == nil && count > 100 && loaded == count, []any{count, loaded, err, poolErr})

	zone, err := time.LoadLocation("Asia/Tokyo")
	check("zone", err == nil && time.Date(2026, 7, 1, 0, 0, 0, 0, zone).Format("-0700") == "+0900", err)

	nonroot, err := user.Lookup("nonroot")
	check("user", err == nil && nonroot.Uid == "65532" && nonroot.HomeDir == "/home/nonroot", err)
	me, err := user.LookupId(fmt.Sprint(os.Getuid()))
	check("self", err == nil, err)
	group, err := user.LookupGroup("nonroot")
	check("group", err == nil && group.Gid == "65532", err)

	kind := mime.TypeByExtension(".epub")
	check("type", kind == "application/epub+zip", kind)
	port, err := net.LookupPort("tcp", "postgresql")
	check("service", err == nil && port == 5432, err)

	directory, err := os.Getwd()
	check("home", err == nil && me != nil && (len(os.Args) > 1 || directory == me.HomeDir || directory == "/"), directory)
	file, err := os.CreateTemp("", "")
	check("temporary file", err == nil && file != nil, err)
	fmt.Printf("uid %d, home %s, directory %s\n", os.Getuid(), os.Getenv("HOME"), directory)
	if failed {
		os.Exit(1)
	}
}
