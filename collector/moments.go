package collector

// Moments are what least squares needs of many steps of time, and all that is kept of
// them: sums that add up over steps and clusters. In each step a controller made some
// runs a second, of some objects a second (a run of 50 objects counts 50), while a
// program (that controller, the API server, etcd) used some cores:
//
//	cores = idle + perRun × runs + perObject × objects
//
// so that x is (1, runs, objects) and y is cores. A run that costs 20 ms and 1.7 ms an
// object, twice a second with 10 objects each, beside 0.01 idle, is a step of
// x = (1, 2, 20) and y = 0.01 + 0.02 × 2 + 0.0017 × 20 = 0.084.
type Moments struct {
	Steps int        `json:"steps"`
	XX    [6]float64 `json:"xx"` // Σ of 1·1, 1·runs, 1·objects, runs², runs·objects, objects²
	XY    [3]float64 `json:"xy"` // Σ of cores, runs·cores, objects·cores
	YY    float64    `json:"yy"` // Σ of cores²
}

// Add counts one step.
func (m *Moments) Add(runs, objects, cores float64) {
	m.Merge(Moments{
		Steps: 1,
		XX:    [6]float64{1, runs, objects, runs * runs, runs * objects, objects * objects},
		XY:    [3]float64{cores, runs * cores, objects * cores},
		YY:    cores * cores,
	})
}

// Merge counts the steps of other too.
func (m *Moments) Merge(other Moments) {
	m.Steps += other.Steps
	m.YY += other.YY
	for i, v := range other.XX {
		m.XX[i] += v
	}
	for i, v := range other.XY {
		m.XY[i] += v
	}
}
