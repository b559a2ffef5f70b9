package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/linnix-os/linnix/record/capture"
)

// checkOutputs makes a usage error of an output that would replace one of the inputs,
// or that would become a part of an input that is a folder. An empty name is none, and
// "-" is the stream of its side.
func checkOutputs(command string, inputs, outputs []string, s *stdio) error {
	for _, out := range outputs {
		for _, in := range inputs {
			switch {
			case in == "" || out == "":
			case overwrites(out, in, s):
				return usagef("%s: %s and %s are the same file; give the output another name", command, in, out)
			case joins(out, in):
				return usagef("%s: %s would become a part of the capture %s; give the output a name elsewhere", command, out, in)
			}
		}
	}
	return nil
}

// overwrites says that both names stand for one regular file, or for one capture that may
// be unfinished.
func overwrites(out, in string, s *stdio) bool {
	if in != stdinName && out != stdoutName && capturePlace(out) == capturePlace(in) {
		return true
	}
	outInfo, inInfo := statName(out, s.out), statName(in, s.in)
	return outInfo != nil && inInfo != nil && inInfo.Mode().IsRegular() && os.SameFile(outInfo, inInfo)
}

// capturePlace returns where a capture lies by its name, or by that of what an unfinished
// one has left beside it.
func capturePlace(name string) string {
	name = strings.TrimSuffix(filepath.Clean(name), ".partial")
	if folder, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(folder, filepath.Base(name))
	}
	if whole, err := filepath.Abs(name); err == nil {
		name = whole
	}
	return name
}

// joins says that out would be taken for a part of the capture in the folder in.
func joins(out, in string) bool {
	_, err := capture.FormatOf(out)
	folder, target := statName(in, nil), statName(filepath.Dir(out), nil)
	return err == nil && folder != nil && target != nil && folder.IsDir() && os.SameFile(folder, target)
}

// sameOutput says that both names stand for one output, which need not be there yet.
func sameOutput(a, b string, s *stdio) bool {
	if a == b {
		return true
	}
	infoA, infoB := statName(a, s.out), statName(b, s.out)
	if infoA != nil && infoB != nil {
		return os.SameFile(infoA, infoB)
	}
	folderA, folderB := statName(filepath.Dir(a), nil), statName(filepath.Dir(b), nil)
	return infoA == nil && infoB == nil && folderA != nil && folderB != nil &&
		os.SameFile(folderA, folderB) && filepath.Base(a) == filepath.Base(b)
}

// statName describes the file of that name, or the stream that "-" stands for; nil if
// there is none.
func statName(name string, stream any) fs.FileInfo {
	var info fs.FileInfo
	var err error
	switch file, ok := stream.(*os.File); {
	case name != stdinName:
		info, err = os.Stat(name)
	case ok:
		info, err = file.Stat()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return info
}
