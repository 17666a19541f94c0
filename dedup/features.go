package dedup

import "math"

// Names of the signals that a pair is judged by. "a/b" signals are measured in
// both directions and enter as their smaller and larger value, so that a
// pair's order does not matter.
const (
	fCosine = iota // concept vectors of the whole texts
	fContainMin
	fContainMax
	fAnchorCosine // names, acronyms, code and numbers
	fAnchorMin    // share of the anchors that the other has
	fAnchorMax
	fAnchorCount
	fAnchorMissing // anchors missing on the side that misses less, as weight
	fNumberMin
	fNumberMax
	fNumberCount
	fNumberMissing
	fTitleCosine
	fTitleMin // share of the title found anywhere in the other article
	fTitleMax
	fTitleNumbers    // weight of numbers that only one of the titles has, on the side with less of them
	fTitleNumbersMax // weight of a title's numbers that stand nowhere in the other article
	fLeadNumbersMin  // weight of numbers in the opening that the other article lacks
	fLeadNumbersMax
	fLeadMin
	fLeadMax
	fAlignedMin // share of the text whose best segment stands out
	fAlignedMax
	fBestMin // mean of the best matches
	fBestMax
	fOrder    // do best matches run in the same order
	fMonotone // best path through the matrix, per segment
	fContrast // that over the mean cell
	fForward  // that less the best path against the order
	fMean     // mean cell
	fEqualMin // share of the text in segments that the other has word for word
	fEqualMax
	fEdited // share in segments that the other has with other words in them, on the side with less of them
	fLength // log ratio of widths, against the usual one of the languages
	fWidth  // log width of the shorter
	fCoverageMin
	fCoverageMax
	fSegments
	fMaskedMin // shingles with numbers masked: containment
	fMaskedMax
	fMaskedJaccard
	fNumbersDiffer // shingles equal but for their numbers
	fShingles
	fTitleEqual
	fTitleDiffer // title words the other article lacks, on the side that misses less
	featureCount
)

// FeatureNames names the signals in the order of [Matcher.Features].
var FeatureNames = [featureCount]string{
	"cosine", "contain-min", "contain-max", "anchor-cosine", "anchor-min", "anchor-max", "anchor-count", "anchor-missing",
	"number-min", "number-max", "number-count", "number-missing", "title-cosine", "title-min", "title-max", "title-numbers", "title-numbers-max",
	"lead-numbers-min", "lead-numbers-max", "lead-min", "lead-max", "aligned-min", "aligned-max", "best-min", "best-max", "order", "monotone", "contrast", "forward",
	"mean", "equal-min", "equal-max", "edited", "length", "width", "coverage-min", "coverage-max", "segments", "masked-min", "masked-max", "masked-jaccard",
	"numbers-differ", "shingles", "title-equal", "title-differ",
}

// features measures a pair. Swapping a and b gives the same values.
func features(a, b *Signature) (f [featureCount]float64, mx *matrix) {
	mx = newMatrix(a, b)
	sa, sb := overlap(a, b, mx)

	f[fCosine] = mx.cosine
	f[fContainMin], f[fContainMax] = minmax(share(sa.shared, sa.all), share(sb.shared, sb.all))
	if sa.anchorNorm > 0 && sb.anchorNorm > 0 {
		f[fAnchorCosine] = mx.anchorDot / math.Sqrt(sa.anchorNorm*sb.anchorNorm)
	}
	f[fAnchorMin], f[fAnchorMax] = minmax(share(sa.anchorShared, sa.anchors), share(sb.anchorShared, sb.anchors))
	f[fAnchorCount] = math.Log1p(min(sa.anchors, sb.anchors))
	f[fAnchorMissing] = math.Log1p(min(sa.anchors-sa.anchorShared, sb.anchors-sb.anchorShared))
	f[fNumberMin], f[fNumberMax] = minmax(share(sa.numberShared, sa.numbers), share(sb.numberShared, sb.numbers))
	f[fNumberCount] = math.Log1p(min(sa.numbers, sb.numbers))
	f[fNumberMissing] = math.Log1p(min(sa.numbers-sa.numberShared, sb.numbers-sb.numberShared))
	if sa.titleNorm > 0 && sb.titleNorm > 0 {
		f[fTitleCosine] = mx.titleDot / math.Sqrt(sa.titleNorm*sb.titleNorm)
	}
	f[fTitleMin], f[fTitleMax] = minmax(share(sa.titleShared, sa.title), share(sb.titleShared, sb.title))
	f[fTitleNumbers] = min(sa.titleNumbers, sb.titleNumbers)
	f[fTitleNumbersMax] = max(sa.titleNumbersGone, sb.titleNumbersGone)
	f[fLeadNumbersMin], f[fLeadNumbersMax] = minmax(sa.leadNumbers, sb.leadNumbers)
	f[fTitleDiffer] = min(sa.title-sa.titleShared, sb.title-sb.titleShared)
	f[fLeadMin], f[fLeadMax] = minmax(share(sa.leadShared, sa.lead), share(sb.leadShared, sb.lead))
	mx.measure(a, b, &f)
	f[fLength] = math.Abs(math.Log((a.width + 20) / a.ratio * b.ratio / (b.width + 20)))
	f[fWidth] = math.Log1p(min(a.width/a.ratio, b.width/b.ratio))
	f[fCoverageMin], f[fCoverageMax] = minmax(a.coverage, b.coverage)
	f[fSegments] = float64(min(len(a.segments), len(b.segments)))
	if a.Language == b.Language {
		measureShingles(a, b, &f)
	}
	if a.title != 0 && a.title == b.title {
		f[fTitleEqual] = 1
	}
	return f, mx
}

func minmax(a, b float64) (float64, float64) { return min(a, b), max(a, b) }

// share is part/all; the unknown 0/0 is -1, which the trees can tell apart.
func share(part, all float64) float64 {
	if all == 0 {
		return -1
	}
	return part / all
}

// sums are weights of one side: of all its terms and of those that the other
// side has, by kind.
type sums struct {
	all, shared                      float64
	anchors, anchorShared            float64
	anchorNorm                       float64
	numbers, numberShared            float64
	title, titleShared, titleNorm    float64
	titleNumbers                     float64 // weight of title numbers that the other's title lacks
	titleNumbersGone                 float64 // weight of those that stand nowhere in the other article
	leadNumbers                      float64 // weight of the opening's numbers that the other lacks
	lead, leadShared                 float64
	anchorHits, numberHits, anchorsN int // counts, for people
}

// overlap joins the sorted terms of both sides once, filling the sums and the
// segment matrix.
func overlap(a, b *Signature, mx *matrix) (sa, sb sums) {
	i, j := 0, 0
	for i < len(a.terms) || j < len(b.terms) {
		switch {
		case j == len(b.terms) || i < len(a.terms) && a.terms[i].term < b.terms[j].term:
			sa.add(a, i, nil, 0)
			i++
		case i == len(a.terms) || b.terms[j].term < a.terms[i].term:
			sb.add(b, j, nil, 0)
			j++
		default:
			sa.add(a, i, b, j)
			sb.add(b, j, a, i)
			mx.add(a, i, b, j)
			i++
			j++
		}
	}
	return sa, sb
}

// add counts term i of s, which the other side has as its term j, or lacks
// (other nil).
func (u *sums) add(s *Signature, i int, other *Signature, j int) {
	e := s.terms[i]
	w := float64(s.document[i])
	u.all += w
	shared := other != nil
	if shared {
		u.shared += w
	}
	flags := e.flags
	if shared {
		flags |= other.terms[j].flags
	}
	idf := float64(e.idf())
	if shared {
		idf = max(idf, float64(other.terms[j].idf()))
	}
	posts := s.posts[s.starts[i]:s.starts[i+1]]
	opening := false
	if flags&flagAnchor != 0 {
		u.anchors += idf
		u.anchorNorm += w * w
		u.anchorsN++
		if shared {
			u.anchorShared += idf
			u.anchorHits++
		}
	}
	if flags&flagNumber != 0 {
		u.numbers += idf
		if shared {
			u.numberShared += idf
			if flags&flagAnchor != 0 {
				u.numberHits++
			}
		}
	}
	for _, p := range posts {
		v := idf * idf * float64(postWeights[p.level])
		if p.segment == titleSegment {
			u.title += v
			u.titleNorm += v * v
			if shared {
				u.titleShared += v
			}
			if flags&flagNumber != 0 && !(shared && inTitle(other, j)) {
				u.titleNumbers += idf
				if !shared {
					u.titleNumbersGone += idf
				}
			}
		}
		if p.segment == titleSegment || int(p.segment) < s.lead {
			u.lead += v
			opening = true
			if shared {
				u.leadShared += v
			}
		}
	}
	if opening && !shared && flags&flagNumber != 0 {
		u.leadNumbers += idf
	}
}

func inTitle(s *Signature, i int) bool {
	for _, p := range s.posts[s.starts[i]:s.starts[i+1]] {
		if p.segment == titleSegment {
			return true
		}
	}
	return false
}

// matrix holds the cosine of each segment of a with each of b.
type matrix struct {
	n, m      int
	cells     []float32
	cosine    float64
	anchorDot float64
	titleDot  float64
}

func newMatrix(a, b *Signature) *matrix {
	n, m := len(a.segments), len(b.segments)
	return &matrix{n: n, m: m, cells: make([]float32, n*m)}
}

// add accumulates a term that both sides have.
func (mx *matrix) add(a *Signature, i int, b *Signature, j int) {
	mx.cosine += float64(a.document[i]) * float64(b.document[j])
	if (a.terms[i].flags|b.terms[j].flags)&flagAnchor != 0 {
		mx.anchorDot += float64(a.document[i]) * float64(b.document[j])
	}
	idf := max(float64(a.terms[i].idf()), float64(b.terms[j].idf()))
	for k := a.starts[i]; k < a.starts[i+1]; k++ {
		p := a.posts[k]
		for l := b.starts[j]; l < b.starts[j+1]; l++ {
			q := b.posts[l]
			switch {
			case p.segment == titleSegment && q.segment == titleSegment:
				mx.titleDot += idf * idf * idf * idf * float64(postWeights[p.level]) * float64(postWeights[q.level])
			case p.segment != titleSegment && q.segment != titleSegment:
				mx.cells[int(p.segment)*mx.m+int(q.segment)] += a.weights[k] * b.weights[l]
			}
		}
	}
}

// Thresholds of the alignment: a segment counts as matched when its best
// counterpart is at least matchFloor and stands out from those that are not
// its neighbours by matchMargin.
const (
	matchFloor  = .1
	matchMargin = 1.25
	splitWeight = .4 // worth of the second cell where one segment matches two

	equalCosine  = .985 // a segment says the same in the same words
	editedCosine = .4   // it is recognisably the same sentence
)

// best is a segment's counterpart.
type best struct {
	to    int
	value float64
	rest  float64 // the best that is no neighbour of it
}

func (mx *matrix) rows() []best {
	out := make([]best, mx.n)
	for i := range mx.n {
		out[i] = pick(mx.m, func(j int) float64 { return float64(mx.cells[i*mx.m+j]) })
	}
	return out
}

func (mx *matrix) columns() []best {
	out := make([]best, mx.m)
	for j := range mx.m {
		out[j] = pick(mx.n, func(i int) float64 { return float64(mx.cells[i*mx.m+j]) })
	}
	return out
}

func pick(n int, at func(int) float64) best {
	b := best{to: -1}
	for i := range n {
		if v := at(i); v > b.value || b.to < 0 {
			b.to, b.value = i, v
		}
	}
	for i := range n {
		if i < b.to-1 || i > b.to+1 {
			b.rest = max(b.rest, at(i))
		}
	}
	return b
}

func (b best) matched() bool {
	return b.value > matchFloor && b.value > matchMargin*b.rest
}

// measure fills the signals of the alignment.
func (mx *matrix) measure(a, b *Signature, f *[featureCount]float64) {
	if mx.n == 0 || mx.m == 0 {
		return
	}
	mean := 0.0
	for _, c := range mx.cells {
		mean += float64(c)
	}
	mean /= float64(len(mx.cells))
	sa := side(mx.rows(), a.segments, mx.m)
	sb := side(mx.columns(), b.segments, mx.n)
	f[fAlignedMin], f[fAlignedMax] = minmax(sa.aligned, sb.aligned)
	f[fBestMin], f[fBestMax] = minmax(sa.mean, sb.mean)
	f[fOrder] = (sa.order + sb.order) / 2
	f[fEqualMin], f[fEqualMax] = minmax(sa.equal, sb.equal)
	f[fEdited] = min(sa.edited, sb.edited)
	forward := mx.path(mean, false)
	n := float64(min(mx.n, mx.m))
	f[fMonotone] = forward / n
	f[fContrast] = forward / n / (mean + .03)
	f[fForward] = (forward - mx.path(mean, true)) / n
	f[fMean] = mean
}

// direction is what the best matches of one side's segments say.
type direction struct {
	aligned float64 // share of the text that is matched
	equal   float64 // share that stands in the other word for word
	edited  float64 // share that stands there with other words in it
	mean    float64 // mean best value by width
	order   float64 // how far the matches keep the text's order (1: a diagonal, 0: chance)
}

func side(bests []best, widths []uint16, other int) (d direction) {
	total, at := 0.0, 0.0
	var off, weight float64
	for _, w := range widths {
		total += float64(w)
	}
	if total == 0 {
		return d
	}
	for i, b := range bests {
		w := float64(widths[i])
		d.mean += w * b.value / total
		if b.matched() {
			d.aligned += w / total
			x := (at + w/2) / total
			y := (float64(b.to) + .5) / float64(other)
			off += w * math.Abs(x-y)
			weight += w
		}
		switch {
		case b.value > equalCosine:
			d.equal += w / total
		case b.value > editedCosine:
			d.edited += w / total
		}
		at += w
	}
	if weight > 0 && other > 1 {
		// Two random points of a unit interval are a third apart.
		d.order = 1 - 3*off/weight
	}
	return d
}

// path is the best monotone path through the matrix, each cell counting by what
// it exceeds the mean. reverse runs against the order of b: what is left then
// is topic, not translation.
func (mx *matrix) path(mean float64, reverse bool) float64 {
	n, m := mx.n, mx.m
	cell := func(i, j int) float64 {
		if reverse {
			j = m - 1 - j
		}
		return max(0, float64(mx.cells[i*m+j])-mean)
	}
	prev2, prev, cur := make([]float64, m+1), make([]float64, m+1), make([]float64, m+1)
	for i := 1; i <= n; i++ {
		cur[0] = 0
		for j := 1; j <= m; j++ {
			c := cell(i-1, j-1)
			v := max(prev[j], cur[j-1], prev[j-1]+c)
			if j > 1 {
				v = max(v, prev[j-2]+c+splitWeight*cell(i-1, j-2))
			}
			if i > 1 {
				v = max(v, prev2[j-1]+c+splitWeight*cell(i-2, j-1))
			}
			cur[j] = v
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[m]
}

// measureShingles compares word sequences: containment in both directions and
// Jaccard similarity, estimated on the hashes below the smaller of both
// samples' limits.
func measureShingles(a, b *Signature, f *[featureCount]float64) {
	limit := uint32(math.MaxUint32)
	for _, s := range []*Signature{a, b} {
		if !s.complete {
			limit = min(limit, s.shingles[len(s.shingles)-1].masked)
		}
	}
	var na, nb, both, differ float64
	i, j := 0, 0
	for {
		for i < len(a.shingles) && (j == len(b.shingles) || a.shingles[i].masked < b.shingles[j].masked) && a.shingles[i].masked <= limit {
			na++
			i++
		}
		for j < len(b.shingles) && (i == len(a.shingles) || b.shingles[j].masked < a.shingles[i].masked) && b.shingles[j].masked <= limit {
			nb++
			j++
		}
		if i == len(a.shingles) || j == len(b.shingles) || a.shingles[i].masked > limit || b.shingles[j].masked > limit {
			break
		}
		if a.shingles[i].masked == b.shingles[j].masked {
			na, nb, both = na+1, nb+1, both+1
			if a.shingles[i].numbers != b.shingles[j].numbers {
				differ++
			}
			i++
			j++
		}
	}
	for ; i < len(a.shingles) && a.shingles[i].masked <= limit; i++ {
		na++
	}
	for ; j < len(b.shingles) && b.shingles[j].masked <= limit; j++ {
		nb++
	}
	f[fShingles] = math.Log1p(min(na, nb))
	if na == 0 || nb == 0 {
		return
	}
	f[fMaskedMin], f[fMaskedMax] = minmax(both/na, both/nb)
	f[fMaskedJaccard] = both / (na + nb - both)
	f[fNumbersDiffer] = differ / max(both, 1)
}
