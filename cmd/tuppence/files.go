package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeWhole puts b into the file at once: whoever reads it, or a machine that
// stops in between, finds the old bytes or the new ones. A link stays one.
func writeWhole(what, path string, b []byte) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", what, err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// writable refuses a file that could not be written before an hour is spent on
// reading the fleet.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("%s is a folder: name a file in it", path)
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return usagef("%s can't be written: there is no folder %s", path, dir)
	}
	probe, err := os.CreateTemp(dir, ".tuppence-*")
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}
