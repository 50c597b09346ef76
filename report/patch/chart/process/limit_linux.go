package process

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// limit has the kernel refuse this process more than so many bytes of data beyond
// what it has. Go can't do without memory, and ends.
func limit(bytes uint64) error {
	has, err := dataSize()
	if err != nil {
		return err
	}
	most := has + bytes
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return fmt.Errorf("set the limit of data to %d bytes: %w", most, err)
	}
	return nil
}

// dataSize is what the kernel counts against the limit, in bytes: memory that only
// this process may write, whether or not it has.
// https://www.kernel.org/doc/html/latest/filesystems/proc.html, statm
func dataSize() (uint64, error) {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("how much data the process has: %w", err)
	}
	var pages uint64
	fields := strings.Fields(string(data))
	if len(fields) < 6 {
		return 0, errors.New("how much data the process has: /proc/self/statm is short")
	}
	if _, err := fmt.Sscan(fields[5], &pages); err != nil {
		return 0, fmt.Errorf("how much data the process has: %w", err)
	}
	return pages * uint64(os.Getpagesize()), nil
}
