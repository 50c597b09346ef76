package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/report/patch/chart/process"
)

// renderCharts is the process that renders charts for patch and propose, which a
// chart may end. People have no use for it.
func (a *app) renderCharts() *cobra.Command {
	return &cobra.Command{
		Use:    "render-charts",
		Short:  "Render the charts that another tuppence sends",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return process.Serve(cmd.Context(), cmd.InOrStdin(), a.out)
		},
	}
}

// chartRenderer renders charts by this program, started anew.
func chartRenderer() (*process.Renderer, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to render charts in a process of its own: %w", err)
	}
	return process.New(path, "tuppence", "render-charts"), nil
}
