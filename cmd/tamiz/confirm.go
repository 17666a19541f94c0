package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// confirm asks a person on the terminal; anything but yes, or no terminal, is no.
func (a *app) confirm(question string) bool {
	in, ok := a.in.(*os.File)
	if !ok || !isatty.IsTerminal(in.Fd()) {
		return false
	}
	fmt.Fprintf(a.err, "%s [y/N] ", clean(question))
	line, _ := bufio.NewReader(in).ReadString('\n') // an end of input is a no
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
