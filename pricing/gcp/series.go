package gcp

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// machineType is a predefined type and what it holds.
type machineType struct {
	name   string
	family string // whose core and memory it is priced by
	vcpu   int
	memory decimal.Decimal // GiB; Google's GB are GiB
	billed decimal.Decimal // cores that it is priced by
}

// families are the families of machines by how their SKUs begin, before "Core
// running in London" and "Ram running in London".
var families = map[string]string{
	"E2 Instance":                "e2",
	"N1 Predefined Instance":     "n1",
	"N2 Instance":                "n2",
	"N2D AMD Instance":           "n2d",
	"N4 Instance":                "n4",
	"N4A Instance":               "n4a",
	"N4D Instance":               "n4d",
	"T2A Arm Instance":           "t2a",
	"T2D AMD Instance":           "t2d",
	"Compute optimized":          "c2",
	"Compute optimized Instance": "c2",
	"C2D AMD Instance":           "c2d",
	"C3 Instance":                "c3",
	"C3D Instance":               "c3d",
	"C4 Instance":                "c4",
	"C4A Arm Instance":           "c4a",
	"C4D Instance":               "c4d",
}

// arm are the families with Arm processors.
var arm = map[string]bool{"n4a": true, "t2a": true, "c4a": true}

// series are the predefined types, with their memory a vCPU in thousandths of a
// GiB. C4 and C4D round a type's memory down to the GiB: c4-standard-2 has 7.
// https://cloud.google.com/compute/docs/general-purpose-machines
var series = []struct {
	family, class string
	memory        int64
	whole         bool
	sizes         []int
}{
	{"e2", "standard", 4000, false, []int{2, 4, 8, 16, 32}},
	{"e2", "highmem", 8000, false, []int{2, 4, 8, 16}},
	{"e2", "highcpu", 1000, false, []int{2, 4, 8, 16, 32}},
	{"n1", "standard", 3750, false, []int{1, 2, 4, 8, 16, 32, 64, 96}},
	{"n1", "highmem", 6500, false, []int{2, 4, 8, 16, 32, 64, 96}},
	{"n1", "highcpu", 900, false, []int{2, 4, 8, 16, 32, 64, 96}},
	{"n2", "standard", 4000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128}},
	{"n2", "highmem", 8000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n2", "highcpu", 1000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n2d", "standard", 4000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224}},
	{"n2d", "highmem", 8000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n2d", "highcpu", 1000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224}},
	{"n4", "standard", 4000, false, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"n4", "highmem", 8000, false, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"n4", "highcpu", 2000, false, []int{2, 4, 8, 16, 32, 48, 64, 80}},
	{"n4a", "standard", 4000, false, []int{1, 2, 4, 8, 16, 32, 48, 64}},
	{"n4a", "highmem", 8000, false, []int{1, 2, 4, 8, 16, 32, 48, 64}},
	{"n4a", "highcpu", 2000, false, []int{1, 2, 4, 8, 16, 32, 48, 64}},
	{"n4d", "standard", 4000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n4d", "highmem", 8000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"n4d", "highcpu", 2000, false, []int{2, 4, 8, 16, 32, 48, 64, 80, 96}},
	{"t2a", "standard", 4000, false, []int{1, 2, 4, 8, 16, 32, 48}},
	{"t2d", "standard", 4000, false, []int{1, 2, 4, 8, 16, 32, 48, 60}},
	{"c2", "standard", 4000, false, []int{4, 8, 16, 30, 60}},
	{"c2d", "standard", 4000, false, []int{2, 4, 8, 16, 32, 56, 112}},
	{"c2d", "highmem", 8000, false, []int{2, 4, 8, 16, 32, 56, 112}},
	{"c2d", "highcpu", 2000, false, []int{2, 4, 8, 16, 32, 56, 112}},
	{"c3", "standard", 4000, false, []int{4, 8, 22, 44, 88, 176}},
	{"c3", "highmem", 8000, false, []int{4, 8, 22, 44, 88, 176}},
	{"c3", "highcpu", 2000, false, []int{4, 8, 22, 44, 88, 176}},
	{"c3d", "standard", 4000, false, []int{4, 8, 16, 30, 60, 90, 180, 360}},
	{"c3d", "highmem", 8000, false, []int{4, 8, 16, 30, 60, 90, 180, 360}},
	{"c3d", "highcpu", 2000, false, []int{4, 8, 16, 30, 60, 90, 180, 360}},
	{"c4", "standard", 3750, true, []int{2, 4, 8, 16, 24, 32, 48, 96, 192}},
	{"c4", "highmem", 7750, true, []int{2, 4, 8, 16, 24, 32, 48, 96, 192}},
	{"c4", "highcpu", 2000, true, []int{2, 4, 8, 16, 24, 32, 48, 96, 192}},
	{"c4a", "standard", 4000, false, []int{1, 2, 4, 8, 16, 32, 48, 64, 72}},
	{"c4a", "highmem", 8000, false, []int{1, 2, 4, 8, 16, 32, 48, 64, 72}},
	{"c4a", "highcpu", 2000, false, []int{1, 2, 4, 8, 16, 32, 48, 64, 72}},
	{"c4d", "standard", 3875, true, []int{2, 4, 8, 16, 32, 48, 64, 96, 192, 384}},
	{"c4d", "highmem", 7875, true, []int{2, 4, 8, 16, 32, 48, 64, 96, 192, 384}},
	{"c4d", "highcpu", 1875, true, []int{2, 4, 8, 16, 32, 48, 64, 96, 192, 384}},
}

// machineTypes are all predefined types. The small ones of E2 share cores: two
// show, and the price is that of a part.
func machineTypes() []machineType {
	types := []machineType{
		{"e2-micro", "e2", 2, decimal.NewFromInt(1), decimal.New(25, -2)},
		{"e2-small", "e2", 2, decimal.NewFromInt(2), decimal.New(5, -1)},
		{"e2-medium", "e2", 2, decimal.NewFromInt(4), decimal.NewFromInt(1)},
	}
	for _, s := range series {
		for _, n := range s.sizes {
			memory := decimal.New(s.memory*int64(n), -3)
			if s.whole {
				memory = memory.Floor()
			}
			name := s.family + "-" + s.class + "-" + strconv.Itoa(n)
			types = append(types, machineType{name, s.family, n, memory, decimal.NewFromInt(int64(n))})
		}
	}
	return types
}
