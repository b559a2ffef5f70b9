package schema

// Score says how far the incidents that predictors find in labelled captures agree with
// the labels. insight/score holds the formulae. A figure that has nothing to rest on,
// such as a share of none, is absent.
type Score struct {
	// Captures counts the labelled captures; NormalCaptures those of them that are
	// normal, which are NormalHours long together; and Incidents what is labelled in the
	// others.
	Captures       int64   `json:"captures"`
	NormalCaptures int64   `json:"normal_captures"`
	NormalHours    float64 `json:"normal_hours"`
	Incidents      int64   `json:"incidents"`
	// Predictors begin with the one that is judged; the others are what it must beat.
	Predictors []PredictorScore `json:"predictors"`
	Margin     Margin           `json:"margin"`
	// Misjudged are what the first predictor got wrong, in the order of the captures.
	Misjudged []Misjudged `json:"misjudged"`
}

// Estimate is a figure with its 95 % interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Share is how many of how many; Estimate is absent for a share of none.
type Share struct {
	Count    int64         `json:"count"`
	Of       int64         `json:"of"`
	Estimate Opt[Estimate] `json:"share,omitzero"`
}

// Margin is by how much the macro-F1 of the first predictor is above that of the best
// of the others.
type Margin struct {
	Over string `json:"over"`
	Estimate
}

// PredictorScore is what one way to find incidents comes to.
type PredictorScore struct {
	Name string `json:"name"`
	// MacroF1 is over the classes that labels or predictions name; Absent lists the
	// others.
	MacroF1          Estimate      `json:"macro_f1"`
	Absent           []Class       `json:"absent_classes"`
	Classes          []ClassScore  `json:"classes"`
	Confusion        []PairCount   `json:"confusion"`
	Onset            OnsetError    `json:"onset_error"`
	AC1              Share         `json:"primary_ac1"`
	AC3              Share         `json:"primary_ac3"`
	FalseAlarms      Rate          `json:"false_alarms"`
	Brier            Opt[Estimate] `json:"brier,omitzero"`
	CalibrationError Opt[float64]  `json:"calibration_error,omitzero"`
	Bands            []Band        `json:"reliability"`
}

// ClassScore is how well one class is found. F1 is absent for a class that neither
// labels nor predictions name.
type ClassScore struct {
	Class Class `json:"class"`
	// Support is how often it is labelled, and Predicted how often found.
	Support   int64         `json:"support"`
	Predicted int64         `json:"predicted"`
	Precision Share         `json:"precision"`
	Recall    Share         `json:"recall"`
	F1        Opt[Estimate] `json:"f1,omitzero"`
}

// PairCount is one cell of the confusion table, which has no cell of 0.
type PairCount struct {
	Label Class `json:"label"`
	Found Class `json:"found"`
	Count int64 `json:"count"`
}

// OnsetError is how far found onsets lie from the labelled ones, over the incidents
// whose class was found.
type OnsetError struct {
	Count       int64         `json:"count"`
	Median      Opt[Estimate] `json:"median_s,omitzero"`
	P95         Opt[float64]  `json:"p95_s,omitzero"`
	Max         Opt[float64]  `json:"max_s,omitzero"`
	WithinLimit Share         `json:"within_limit"`
	LimitS      float64       `json:"limit_s"`
}

// Rate is a count in some hours; PerHour is absent if there are none.
type Rate struct {
	Count   int64         `json:"count"`
	Hours   float64       `json:"hours"`
	PerHour Opt[Estimate] `json:"per_hour,omitzero"`
}

// Band is what came of the verdicts whose confidence is at least From and below To; the
// last band holds 1 too.
type Band struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int64   `json:"count"`
	// Confidence is the mean of it, absent where there is no verdict.
	Confidence Opt[float64] `json:"mean_confidence,omitzero"`
	Right      Share        `json:"right"`
}

// ErrorKind says in which way a capture was misjudged.
type ErrorKind string

// The kinds of error.
const (
	ErrorMissed       ErrorKind = "missed"
	ErrorFalseAlarm   ErrorKind = "false_alarm"
	ErrorWrongClass   ErrorKind = "wrong_class"
	ErrorWrongProcess ErrorKind = "wrong_process"
	ErrorWrongOnset   ErrorKind = "wrong_onset"
)

// Misjudged is a label and what was found for it, of which something is wrong.
type Misjudged struct {
	// Capture is the folder of the capture, below the one that was judged.
	Capture string `json:"capture"`
	// Kinds are the ways in which it is wrong, at least one.
	Kinds []ErrorKind `json:"kinds"`
	Label Judgement   `json:"label"`
	Found Judgement   `json:"found"`
	// OnsetErrorS is found minus labelled, in seconds.
	OnsetErrorS Opt[float64] `json:"onset_error_s,omitzero"`
	// Why is the reason that the predictor gave.
	Why string `json:"why"`
}

// Judgement is one side of an error. A normal one has only its class.
type Judgement struct {
	Class Class `json:"class"`
	// OnsetS counts in seconds from the capture's first record.
	OnsetS     Opt[float64] `json:"onset_s,omitzero"`
	PID        Opt[int64]   `json:"pid,omitzero"`
	Comm       string       `json:"comm,omitzero"`
	Confidence Opt[float64] `json:"confidence,omitzero"`
}

// AppendJSON appends s to b as one compact JSON object without a newline. It fails only
// on a number that JSON cannot hold.
func (s *Score) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, s) }
