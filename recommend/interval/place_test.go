package interval

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
)

// A setting that no patch can reach comes with where a person sets it.
func TestWhereAPersonSetsIt(t *testing.T) {
	const name = "controller.status.processors"
	controller := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: "argocd-application-controller"}
	for says, settings := range map[string][]collector.Setting{
		"was not read":         nil,
		"argocd-cmd-params-cm": {{Name: name, In: collector.InConfigMap}},
		"variable of StatefulSet argocd/argocd-application-controller": {{Name: name, Value: "20", Set: true, In: collector.InEnv, Object: controller}},
		"no patch can reach where controller.status.processors stands": {{Name: name, Value: "20", Set: true, In: collector.InFlag, Object: controller}},
	} {
		at, reached := program{"argocd-application-controller", &collector.Controller{Kind: "argocd", Settings: settings}}.place(name)
		if got := at.byHand(name); reached || !strings.Contains(got, says) {
			t.Errorf("reached: %t, %q; want %q in it", reached, got, says)
		}
	}
}
