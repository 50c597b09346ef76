package azure

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
)

func TestParseSize(t *testing.T) {
	for name, want := range map[string]size{
		"Standard_D4as_v5":           {4, "amd64"},
		"Standard_D4ps_v5":           {4, "arm64"},
		"Standard_B2pts_v2":          {2, "arm64"},
		"Standard_E64-16s_v4":        {16, "amd64"},
		"Standard_M8-2ms_v2":         {2, "amd64"},
		"Standard_NP10s":             {10, "amd64"},
		"Standard_NC4as_T4_v3":       {4, "amd64"},
		"Standard_ND96isr_MI300X_v5": {96, "amd64"},
		"Standard_DC8_v2":            {8, "amd64"},
		"Standard_A2m_v2":            {2, "amd64"},
		"Standard_F16":               {16, "amd64"},
		"Standard_D3_v2":             {4, "amd64"},
		"Standard_DS15_v2":           {20, "amd64"},
		"Standard_D2_v2_Promo":       {2, "amd64"},
		"Standard_DS14":              {16, "amd64"},
		"Standard_DS13-2_v2":         {2, "amd64"},
		"Standard_GS5-8":             {8, "amd64"},
		"Standard_G5":                {32, "amd64"},
		"Standard_D16_v3":            {16, "amd64"},
	} {
		if got, ok := parseSize(name); !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "D4as_v5", "Dasv5_Type1", "Standard_", "Standard_D", "Standard_D0s_v5", "Standard_D99999_v5",
		"Standard_A5", "Standard_D7_v2", "Basic_A1", "Standard_D4as_v5\n", "Standard_D4as v5"} {
		if got, ok := parseSize(name); ok {
			t.Errorf("%q: %+v, want no size", name, got)
		}
	}
}

// The sizes whose vCPU another list states agree with what their names say.
func TestParseSizeAgreesWithATableOfSizes(t *testing.T) {
	f, err := os.Open("../../../shared/prices/azure-uksouth.csv")
	if err != nil {
		t.Skip("there is no table to compare with")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 100 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows[1:] {
		got, ok := parseSize(row[2])
		if vcpu, _ := strconv.Atoi(row[3]); !ok || got.vcpu != vcpu || got.arch != row[5] {
			t.Errorf("%s: %+v %v, the table has %s vCPU %s", row[2], got, ok, row[3], row[5])
		}
	}
}
