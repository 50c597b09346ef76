package report

import (
	"cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusService is a service and where FOCUS's list of categories has it.
type focusService struct{ name, category, subcategory string }

// focusCategories are the categories of what is charged. GPUs that are priced
// apart are of the machines' service, and a service has one category only.
var focusCategories = map[pricing.Kind]focusService{
	pricing.Machine:      {"Machines", "Compute", "Virtual Machines"},
	pricing.Accelerator:  {"Machines", "Compute", "Virtual Machines"},
	pricing.Storage:      {"Volumes", "Storage", "Block Storage"},
	pricing.Balancer:     {"Load balancers", "Networking", "Application Networking"},
	pricing.ControlPlane: {"Managed Kubernetes", "Compute", "Containers"},
	pricing.Egress:       {"Traffic", "Networking", "Network Connectivity"},
}

// focusServices are what the providers call their services.
var focusServices = map[collector.Provider]map[pricing.Kind]string{
	collector.AWS: {
		pricing.Machine: "Amazon Elastic Compute Cloud", pricing.Accelerator: "Amazon Elastic Compute Cloud",
		pricing.Storage: "Amazon Elastic Block Store", pricing.Balancer: "Elastic Load Balancing",
		pricing.ControlPlane: "Amazon Elastic Kubernetes Service", pricing.Egress: "AWS Data Transfer",
	},
	collector.Azure: {
		pricing.Machine: "Virtual Machines", pricing.Accelerator: "Virtual Machines",
		pricing.Storage: "Azure Disk Storage", pricing.Balancer: "Load Balancer",
		pricing.ControlPlane: "Azure Kubernetes Service", pricing.Egress: "Bandwidth",
	},
	collector.GCP: {
		pricing.Machine: "Compute Engine", pricing.Accelerator: "Compute Engine",
		pricing.Storage: "Persistent Disk", pricing.Balancer: "Cloud Load Balancing",
		pricing.ControlPlane: "Google Kubernetes Engine", pricing.Egress: "Network Data Transfer",
	},
}

func serviceOf(p collector.Provider, k pricing.Kind) focusService {
	s := focusCategories[k]
	s.name = cmp.Or(focusServices[p][k], s.name)
	return s
}

// vatService is what tax is booked under, which is no service of a cloud.
var vatService = focusService{"Value added tax", "Other", "Other (Other)"}

var providerNames = map[collector.Provider]string{collector.AWS: "AWS", collector.Azure: "Microsoft", collector.GCP: "Google Cloud"}

func providerName(p collector.Provider) string { return cmp.Or(providerNames[p], "Unknown provider") }

// regionNames are the names of the regions in the United Kingdom; another
// region's name is its id.
var regionNames = map[string]string{
	"eu-west-2": "Europe (London)", "uksouth": "UK South", "ukwest": "UK West", "europe-west2": "London",
}

func regionName(id string) string { return cmp.Or(regionNames[id], id) }

// focusUnits are the units of quantities as UnitFormat has them.
var focusUnits = map[pricing.Unit]string{pricing.Hour: "Hours", pricing.GiBMonth: "GiB-Months", pricing.GiB: "GiB"}

// poundUnit is the unit of a savings plan: it commits to money.
const poundUnit = "GBP"

// focusMethods are how the charges of each kind are shared out, where it is not
// by the ledger's policy: see pricing.Price.
var focusMethods = map[pricing.Kind]string{
	pricing.Accelerator: "GPUs asked for", pricing.Storage: "equal parts", pricing.Balancer: "equal parts",
	pricing.ControlPlane: "whole", pricing.Egress: "sender",
}
