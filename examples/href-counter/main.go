// Href-counter counts the links of web pages: those that lead elsewhere, and those that stay.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
)

var href = regexp.MustCompile(`(?i)<a\s[^>]*href\s*=\s*["']?([^"'\s>]+)`)

func count(page string) (internal, external int, err error) {
	base, err := url.Parse(page)
	if err != nil {
		return 0, 0, err
	}
	answer, err := http.Get(page)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return 0, 0, err
	}
	for _, match := range href.FindAllStringSubmatch(string(text), -1) {
		target, err := base.Parse(match[1])
		if err != nil || target.Host != base.Host {
			external++
		} else {
			internal++
		}
	}
	return internal, external, nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: href-counter URL...")
		os.Exit(2)
	}
	status := 0
	for _, page := range os.Args[1:] {
		internal, external, err := count(page)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
			continue
		}
		fmt.Printf("%s: %d internal, %d external\n", page, internal, external)
	}
	os.Exit(status)
}
