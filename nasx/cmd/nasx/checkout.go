package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// checkout finds the project's folder: the nearest one upwards from here whose
// go.mod says "module naslab.dev".
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module naslab.dev\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("this folder is not inside a checkout of the project: change to one")
		}
		dir = parent
	}
}
