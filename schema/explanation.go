package schema

// RuleState is what a rule knows of one subject.
type RuleState string

// The states of a subject: its condition does not hold; holds, but not for long enough;
// fires; holds, but the cooldown holds it back; cannot be told.
const (
	RuleInactive   RuleState = "inactive"
	RuleHolding    RuleState = "holding"
	RuleFiring     RuleState = "firing"
	RuleSuppressed RuleState = "suppressed"
	RuleUnknown    RuleState = "unknown"
)

// RuleReason says why a rule does, or does not, fire for a subject.
type RuleReason string

// The reasons.
const (
	// ReasonMet: the condition has held for as long as it must.
	ReasonMet RuleReason = "met"
	// ReasonBelowThreshold: the value does not meet the threshold.
	ReasonBelowThreshold RuleReason = "below_threshold"
	// ReasonDurationNotMet: it does, but has not for the rule's duration.
	ReasonDurationNotMet RuleReason = "duration_not_met"
	// ReasonCooldown: it has, within the cooldown of the last firing.
	ReasonCooldown RuleReason = "cooldown"
	// ReasonGap: the host is blind, without a system record for 2.5 intervals.
	ReasonGap RuleReason = "gap"
	// ReasonLost: events within the window were lost.
	ReasonLost RuleReason = "lost"
	// ReasonUnknown: what the value is made of is missing, or not yet there.
	ReasonUnknown RuleReason = "unknown"
	// ReasonWrongSubject: where does not match the event, or another subject, above or
	// below in the same tree, fires in its place.
	ReasonWrongSubject RuleReason = "wrong_subject"
)

// Explanation tells of one rule on one host why it fired or did not.
type Explanation struct {
	Rule     string        `json:"rule"`
	Detector string        `json:"detector"`
	Severity AlertSeverity `json:"severity"`
	Host     string        `json:"host"`
	// Verdict sums up: fired, not_fired, unknown or never_evaluated, and Why says it in
	// words.
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
	// Inputs counts the records of the types that the detector looks at, and Evaluated
	// those of them that it could judge.
	Inputs    int64 `json:"inputs"`
	Evaluated int64 `json:"evaluated"`
	// LeftOut are the records that where does not match.
	LeftOut *LeftOut `json:"left_out,omitempty"`

	Fired      int64 `json:"fired"`
	Resolved   int64 `json:"resolved"`
	Suppressed int64 `json:"suppressed"`
	// UnknownNs is how long the condition could not be told.
	UnknownNs int64 `json:"unknown_ns"`
	// Incomplete says that events which the rule looks at were lost.
	Incomplete bool `json:"incomplete"`

	// Terms are those of the first firing, or else of the nearest miss.
	Terms []RuleTerm `json:"terms"`
	// Firings are the first of the firings, each as it was when it fired.
	Firings []RuleMoment `json:"firings"`
	// Changes are the first of the changes of state, in order of time; ChangesOmitted
	// counts the rest.
	Changes        []RuleChange `json:"changes"`
	ChangesOmitted int64        `json:"changes_omitted"`
	// NearestMiss is the moment at which a subject came nearest to a firing that then
	// did not come.
	NearestMiss *RuleMoment `json:"nearest_miss"`
	// At is the state at the time that was asked for.
	At *RuleMoment `json:"at,omitempty"`
}

// LeftOut are records that a rule did not count.
type LeftOut struct {
	Reason RuleReason `json:"reason"`
	Evidence
}

// RuleTerm is one part of a condition: a value against what it must reach.
type RuleTerm struct {
	Name string `json:"name"`
	// Value is absent where it cannot be told.
	Value     Opt[float64] `json:"value,omitzero"`
	Threshold float64      `json:"threshold"`
	// Comparison is how the value must compare: >=, > or <=.
	Comparison string `json:"comparison"`
	// Margin is Value − Threshold, and MarginPercent the same in percent of Threshold.
	Margin        Opt[float64] `json:"margin,omitzero"`
	MarginPercent Opt[float64] `json:"margin_percent,omitzero"`
	Met           bool         `json:"met"`
}

// RuleMoment is what a rule knew of one subject at one time.
type RuleMoment struct {
	Time    Time       `json:"time"`
	Subject Subject    `json:"subject"`
	State   RuleState  `json:"state"`
	Reason  RuleReason `json:"reason"`
	// Missing says in words what a firing lacked, or lacks.
	Missing string `json:"missing,omitempty"`
	// Value and Threshold are those of an alert.
	Value     Opt[float64] `json:"value,omitzero"`
	Threshold float64      `json:"threshold"`
	Terms     []RuleTerm   `json:"terms"`
	// Since is since when the condition has held; HeldNs is for how long that is, unknown
	// time left out, and DurationNs for how long it must.
	Since      Opt[Time]  `json:"since,omitzero"`
	HeldNs     Opt[int64] `json:"held_ns,omitzero"`
	DurationNs int64      `json:"duration_ns"`
	// CooldownUntil is the end of the cooldown that the subject is in.
	CooldownUntil Opt[Time] `json:"cooldown_until,omitzero"`
	WindowNs      int64     `json:"window_ns"`
	Message       string    `json:"message,omitempty"`
	Evidence      Evidence  `json:"evidence"`
	// Incomplete says that events within the window were lost.
	Incomplete bool `json:"incomplete"`
}

// RuleChange is a change of a subject's state.
type RuleChange struct {
	Time    Time         `json:"time"`
	Subject Subject      `json:"subject"`
	From    RuleState    `json:"from"`
	To      RuleState    `json:"to"`
	Reason  RuleReason   `json:"reason"`
	Value   Opt[float64] `json:"value,omitzero"`
}

// AppendJSON appends e to b as one compact JSON object without a newline. It fails only
// on a number that JSON cannot hold.
func (e *Explanation) AppendJSON(b []byte) ([]byte, error) { return appendDocument(b, e) }
