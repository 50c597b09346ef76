package patch

import (
	"path"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	jsonyaml "sigs.k8s.io/yaml"
)

// originAnnotation is where kustomize writes the file that an object comes from,
// for a kustomization that asks for it.
const originAnnotation = "config.kubernetes.io/origin"

// rendering is a folder's objects, and the file of the tree that each comes from: not
// that of one which a generator made, or where the kustomization asks for other
// metadata itself.
type rendering struct {
	objects
	from map[key]string
}

// asking is the kustomization src with the wish for origins added, and whether it
// could be: it is only ever built, never written.
func asking(src []byte) ([]byte, bool) {
	doc, old, err := parseKustomization(src)
	if err != nil || old["buildMetadata"] != nil {
		return nil, false
	}
	doc.Content = append(doc.Content, stringNode("buildMetadata"), valueNode([]any{types.OriginAnnotations}))
	out, err := yaml.MarshalWithOptions(doc, &yaml.EncoderOptions{})
	return out, err == nil
}

// takeOrigin returns the file that an object of dir's build comes from, and takes
// the annotation that says so off the object.
func takeOrigin(dir string, obj map[string]any) string {
	metadata, _ := obj["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	note, ok := annotations[originAnnotation].(string)
	if !ok {
		return ""
	}
	if delete(annotations, originAnnotation); len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	var origin struct{ Path, Repo string }
	if err := jsonyaml.Unmarshal([]byte(note), &origin); err != nil || origin.Path == "" || origin.Repo != "" {
		return ""
	}
	return path.Join(dir, origin.Path)
}
