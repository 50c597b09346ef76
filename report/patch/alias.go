package patch

import (
	"bytes"
	"errors"
	"fmt"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxNodes bounds a YAML file's nodes after its aliases are expanded. Nine levels
// of nine aliases are 9^9 = 387 million nodes from half a kilobyte; a file of
// 10 MiB without aliases has at most some five million.
const maxNodes = 5_000_000

// boundedAliases refuses YAML whose aliases expand without measure. What isn't
// YAML passes: whoever reads it as YAML will say so.
func boundedAliases(data []byte) error {
	if !bytes.ContainsRune(data, '&') || !bytes.ContainsRune(data, '*') {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	total := 0
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err != nil {
			return nil //nolint:nilerr // the end, or bytes that no reader expands; the reader says what is wrong with them
		}
		n, err := expanded(&doc, map[*yaml.Node]int{})
		if err != nil {
			return err
		}
		if total += n; total > maxNodes {
			return fmt.Errorf("its YAML aliases expand to more than %d nodes", maxNodes)
		}
	}
}

// expanded counts n's nodes with aliases followed, at most a little over maxNodes.
// seen holds the counts of finished nodes, and -1 for those under way.
func expanded(n *yaml.Node, seen map[*yaml.Node]int) (int, error) {
	if count, ok := seen[n]; ok {
		if count < 0 {
			return 0, errors.New("a YAML anchor holds an alias to itself")
		}
		return count, nil
	}
	seen[n] = -1
	total := 1
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		count, err := expanded(n.Alias, seen)
		if err != nil {
			return 0, err
		}
		total += count
	}
	for _, child := range n.Content {
		count, err := expanded(child, seen)
		if err != nil {
			return 0, err
		}
		total = min(total+count, maxNodes+1)
	}
	seen[n] = total
	return total, nil
}
