package prom

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// What controllers name their pods, for those that are gone and left no owner
// series. The API server's generateName appends 5 random characters and cuts
// the base to 58, so that the whole is a label of 63:
// https://github.com/kubernetes/apiserver/blob/master/pkg/storage/names/generate.go
const (
	alphabet   = "bcdfghjklmnpqrstvwxz2456789" // apimachinery's util/rand: no vowels, no 0, 1, 3
	suffixLen  = 5
	longestGen = 63 - suffixLen
	// A pod-template-hash is a 32-bit number whose decimal digits are written in
	// that alphabet: 8 to 10 of them in 997 cases of 1,000.
	hashMin, hashMax = 8, 10
)

// made reports whether a controller of this kind and name would give a pod this
// name. A bare Pod has its own.
func made(kind, name, pod string) bool {
	switch kind {
	case "Pod":
		return pod == name
	case "StatefulSet":
		rest, ok := strings.CutPrefix(pod, name+"-")
		return ok && digits(rest) && (rest == "0" || rest[0] != '0')
	}
	base, ok := generated(pod)
	if !ok {
		return false
	}
	switch kind {
	case "Deployment", "Rollout": // <name>-<hash>-<5>
		return hashed(base, name, hashMin, hashMax, func(s string) bool { return strings.Trim(s, alphabet) == "" })
	case "CronJob": // <name>-<minutes since 1970>-<5>
		return hashed(base, name, 8, 10, digits) || hashed(withoutIndex(base), name, 8, 10, digits)
	case "Job": // <name>-<5>, <name>-<index>-<5> where it is indexed
		return base == cutBase(name+"-") || withoutIndex(base) == name+"-"
	case "ReplicaSet", "DaemonSet": // <name>-<5>
		return base == cutBase(name+"-")
	}
	return false
}

// generated splits off the random suffix.
func generated(pod string) (base string, ok bool) {
	n := len(pod) - suffixLen
	if n < 1 || strings.Trim(pod[n:], alphabet) != "" {
		return "", false
	}
	base = pod[:n]
	return base, strings.HasSuffix(base, "-") || n == longestGen
}

func cutBase(base string) string { return base[:min(len(base), longestGen)] }

// hashed reports whether base is name-hash-, as far as 58 characters show it.
func hashed(base, name string, least, most int, valid func(string) bool) bool {
	if len(name) >= longestGen {
		return base == name[:longestGen]
	}
	rest, ok := strings.CutPrefix(base, name+"-")
	if !ok {
		return false
	}
	if hash, whole := strings.CutSuffix(rest, "-"); whole {
		return least <= len(hash) && len(hash) <= most && valid(hash)
	}
	return len(base) == longestGen && len(rest) <= most && (rest == "" || valid(rest))
}

// withoutIndex takes the index of an indexed Job off a base: name-index- is
// name-. Any other base gives nothing.
func withoutIndex(base string) string {
	rest, whole := strings.CutSuffix(base, "-")
	i := strings.LastIndex(rest, "-") + 1
	if !whole || !digits(rest[i:]) {
		return ""
	}
	return base[:i]
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// byName returns the index in workloads of the one whose controller would have
// named this pod so. The longest name wins, as web-7d4b9c6f5d-x2x4z is of a
// DaemonSet web-7d4b9c6f5d where there is one; two of one length are ambiguous,
// and so are any two where the name was cut short.
func byName(workloads []collector.Workload, of []int, pod string) (index int, ambiguous bool) {
	index, longest := -1, 0
	cut := len(pod) == longestGen+suffixLen
	for _, i := range of {
		w := &workloads[i]
		if !made(w.Kind, w.Name, pod) {
			continue
		}
		switch {
		case index < 0 || len(w.Name) > longest && !cut:
			index, longest, ambiguous = i, len(w.Name), false
		case len(w.Name) == longest || cut:
			ambiguous = true
		}
	}
	if ambiguous {
		return -1, true
	}
	return index, false
}
