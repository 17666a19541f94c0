package extract

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tamiz"
)

// Dates are found by one scanner over tokens (numbers, words, single Chinese,
// Japanese and Korean characters) and the gaps between them, with a table of
// month names of many languages at once. A page rarely says reliably which
// language its dates are in, and month names of different languages hardly
// ever clash, so all are tried together; the language only decides the order
// of day and month in 03/04/2021 and the one real clash of names. Regular
// expressions per language were the alternative: slower by an order of
// magnitude on long pages, and harder to keep right.

// Limits of dates.
const (
	earliestYear  = 1995 // no web page is older; earlier years are part of the story told
	latestYear    = 2199 // keeps numbers such as 4711 from being years; callers compare with the clock
	maxDateTokens = 400  // tokens looked at in one line
	maxDateLine   = 200  // bytes of a line that can be a date line
	maxLabelRunes = 48   // letters a date line may have besides date, time and weekday
	maxFillerLen  = 4    // letters of a word between the parts of a date: "de", "of", "año"
	futureSlack   = 24 * time.Hour
)

// dateHit is a date found in a text, with the bytes it takes up.
type dateHit struct {
	start, end int
	date       tamiz.Date
	guessed    bool // order of day and month or the century was a guess
}

type dateToken struct {
	start, end int
	kind       byte // 'n' number, 'w' word, 'c' one character of Chinese, Japanese or Korean
	num        int
	digits     int
	r          rune // of a 'c'
}

// usable reports whether a date can be a publication date as seen at now.
func usable(d tamiz.Date, now time.Time) bool {
	return !d.IsZero() && d.Time.Year() >= earliestYear && !d.Time.After(now.Add(futureSlack))
}

// parseDate reads a date as markup gives it: ISO 8601 in its variants, RFC
// 1123, dates without separators, seconds or milliseconds since 1970, or any
// form a person would write in a value that holds little else.
func parseDate(s, lang string) (tamiz.Date, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxDateLine {
		return tamiz.Date{}, false
	}
	if d, ok := parseDigits(s); ok {
		return d, true
	}
	hits := findDates(s, lang)
	if len(hits) == 0 {
		return tamiz.Date{}, false
	}
	return hits[0].date, true
}

// parseDigits reads 20210724, 20210724T101500Z, 20210724101500 and Unix times.
func parseDigits(s string) (tamiz.Date, bool) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	num := func(from, to int) int {
		v := 0
		for _, c := range []byte(s[from:to]) {
			v = v*10 + int(c-'0')
		}
		return v
	}
	switch n {
	case 8, 12, 14:
		d, ok := day(num(0, 4), num(4, 6), num(6, 8))
		if !ok {
			return d, false
		}
		rest := s[n:]
		if n == 8 && len(rest) > 6 && (rest[0] == 'T' || rest[0] == 't') {
			if t, err := time.Parse("20060102T150405Z0700", strings.ToUpper(s)); err == nil {
				return tamiz.Date{Time: t, HasTime: true}, true
			}
			return d, true
		}
		return d, rest == "" || rest[0] == '-' || rest[0] == ' '
	case 10, 13:
		if n != len(s) {
			return tamiz.Date{}, false
		}
		sec := num(0, 10)
		t := time.Unix(int64(sec), 0).UTC()
		return tamiz.Date{Time: t, HasTime: true}, t.Year() >= earliestYear && t.Year() <= latestYear
	}
	return tamiz.Date{}, false
}

// day gives the date of a day that exists, in a year that can be one.
func day(y, m, d int) (tamiz.Date, bool) {
	if y < earliestYear || y > latestYear || m < 1 || m > 12 || d < 1 || d > 31 {
		return tamiz.Date{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return tamiz.Date{}, false
	}
	return tamiz.Date{Time: t}, true
}

// hasDateDigits is the cheap test before the scanner: two digits of a year's
// beginning, or the character that follows a year.
func hasDateDigits(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' {
			if digits++; digits >= 2 {
				return true
			}
			continue
		}
		if c >= utf8.RuneSelf {
			if _, ok := digitValue(firstRune(s[i:])); ok {
				return true
			}
		}
	}
	return false
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// findDates returns the dates of s from left to right.
func findDates(s, lang string) []dateHit {
	if !hasDateDigits(s) {
		return nil
	}
	sc := dateScanner{s: s, lang: primaryLanguage(lang), monthFirst: monthFirst(lang), toks: dateTokens(s)}
	var hits []dateHit
	for i := 0; i < len(sc.toks); {
		hit, next, ok := sc.match(i)
		if !ok {
			i++
			continue
		}
		hits = append(hits, hit)
		i = next
	}
	return hits
}

// dateTokens cuts s into numbers, words and single characters.
func dateTokens(s string) []dateToken {
	var toks []dateToken
	for i := 0; i < len(s) && len(toks) < maxDateTokens; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if v, ok := digitValue(r); ok {
			t := dateToken{start: i, kind: 'n'}
			for ok {
				if t.digits < 9 {
					t.num = t.num*10 + v
				}
				t.digits++
				i += n
				r, n = utf8.DecodeRuneInString(s[i:])
				v, ok = digitValue(r)
			}
			t.end = i
			toks = append(toks, t)
			continue
		}
		switch {
		case isIdeographic(r):
			toks = append(toks, dateToken{start: i, end: i + n, kind: 'c', r: r})
			i += n
		case unicode.IsLetter(r):
			t := dateToken{start: i, kind: 'w'}
			for i < len(s) && (unicode.IsLetter(r) && !isIdeographic(r) || unicode.IsMark(r)) {
				i += n
				r, n = utf8.DecodeRuneInString(s[i:])
			}
			t.end = i
			toks = append(toks, t)
		default:
			i += n
		}
	}
	return toks
}

func isIdeographic(r rune) bool {
	return r >= 0x2E80 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == '〇')
}

// digitValue knows the decimal digits of the scripts that news pages use.
func digitValue(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	if r < 0x0660 {
		return 0, false
	}
	for _, zero := range [...]rune{0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10} {
		if r >= zero && r <= zero+9 {
			return int(r - zero), true
		}
	}
	return 0, false
}

type dateScanner struct {
	s          string
	lang       string
	monthFirst bool
	toks       []dateToken
}

func (sc *dateScanner) word(i int) string { return sc.s[sc.toks[i].start:sc.toks[i].end] }

// gap is the text before token i, after the token before it.
func (sc *dateScanner) gap(i int) string { return sc.s[sc.toks[i-1].end:sc.toks[i].start] }

func (sc *dateScanner) is(i int, kind byte) bool {
	return i >= 0 && i < len(sc.toks) && sc.toks[i].kind == kind
}

// number reports whether token i is a number of min to max digits.
func (sc *dateScanner) number(i, min, max int) bool {
	return sc.is(i, 'n') && sc.toks[i].digits >= min && sc.toks[i].digits <= max
}

func (sc *dateScanner) char(i int, set string) bool {
	return sc.is(i, 'c') && strings.ContainsRune(set, sc.toks[i].r)
}

// loose reports whether the gap before token i can stand inside a date.
func (sc *dateScanner) loose(i int) bool {
	if i >= len(sc.toks) {
		return false
	}
	g := sc.gap(i)
	return len(g) <= 8 && !strings.ContainsAny(g, ":;()[]|!?%$€£+=<>\"")
}

// separator gives the one mark that separates numbers in the gap before i.
func (sc *dateScanner) separator(i int) byte {
	if i >= len(sc.toks) {
		return 0
	}
	switch g := strings.TrimSpace(sc.gap(i)); g {
	case "-", "‐", "‑", "–", "−":
		return '-'
	case "/", "⁄", "／":
		return '/'
	case ".", "．":
		return '.'
	}
	return 0
}

// year reads a full year at token i; Thai pages count in the Buddhist era.
func (sc *dateScanner) year(i int) (int, bool) {
	if !sc.number(i, 4, 4) {
		return 0, false
	}
	y := sc.toks[i].num
	if y >= 2500 && y <= 2650 && sc.lang == "th" {
		y -= 543
	}
	return y, y >= earliestYear && y <= latestYear
}

// month reads a month's name at token i and returns the token after it. Both
// names of a month may stand there, as Arabic papers print them.
func (sc *dateScanner) month(i int) (month, next int, ok bool) {
	if !sc.is(i, 'w') {
		return 0, i, false
	}
	w := sc.word(i)
	if len(w) > 40 {
		return 0, i, false
	}
	f := foldWord(w)
	m := foldedMonth(f, sc.lang)
	if m == 0 {
		// Vietnamese counts its months: "tháng 7", "tháng bảy".
		if f == "thang" && i+1 < len(sc.toks) {
			if sc.number(i+1, 1, 2) {
				return sc.toks[i+1].num, i + 2, true
			}
			if sc.is(i+1, 'w') {
				n := vietnameseNumbers[strings.ToLower(sc.word(i+1))]
				if n == 10 && sc.is(i+2, 'w') {
					if u := vietnameseNumbers[strings.ToLower(sc.word(i+2))]; u == 1 || u == 2 {
						return 10 + u, i + 3, true
					}
				}
				return n, i + 2, n > 0
			}
		}
		return 0, i, false
	}
	next = i + 1
	if sc.is(next, 'w') && sc.separator(next) == '/' && monthOf(sc.word(next), sc.lang) == m {
		next++
	}
	return m, next, true
}

var vietnameseNumbers = map[string]int{
	"giêng": 1, "một": 1, "hai": 2, "ba": 3, "tư": 4, "năm": 5, "sáu": 6,
	"bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "chạp": 12,
}

// skipFiller steps over a short word such as "de" or an ordinal's ending.
func (sc *dateScanner) skipFiller(i int) int {
	if !sc.is(i, 'w') || !sc.loose(i) || utf8.RuneCountInString(sc.word(i)) > maxFillerLen {
		return i
	}
	if f := foldWord(sc.word(i)); foldedMonth(f, sc.lang) != 0 || f == "thang" {
		return i
	}
	return i + 1
}

// match tries every form of a date at token i. The forms:
//
//	2021-07-24  2021/7/24  2021.7.24  2021年7月24日  2021년 7월 24일  令和3年7月24日
//	24.7.2021  24/07/2021  7/24/2021  24-07-21
//	24 July 2021  24 de julio de 2021  24. července 2021  24-Jul-2021  24 tháng 7, 2021
//	July 24, 2021  Jul 24 10:15:00 GMT 2021
//	2021. július 24.  2021 m. liepos 24 d.  2021. gada 24. jūlijs
func (sc *dateScanner) match(i int) (dateHit, int, bool) {
	t := sc.toks[i]
	switch {
	case t.kind == 'c':
		if y, next, ok := sc.era(i); ok {
			return sc.yearFirstCJK(i, y, next)
		}
	case t.kind == 'w':
		if !sc.is(i+1, 'n') && !sc.is(i+2, 'n') && !sc.is(i+3, 'n') {
			break // most words: no day follows
		}
		if m, next, ok := sc.month(i); ok {
			return sc.monthDayYear(i, m, next)
		}
	case i > 0 && sc.toks[i-1].kind == 'w' && sc.gap(i) == "":
		// part of a name such as A24 or F1-2021
	case t.digits == 4:
		y, ok := sc.year(i)
		if !ok {
			break
		}
		if sc.char(i+1, "年년") {
			return sc.yearFirstCJK(i, y, i+1)
		}
		if sep := sc.separator(i + 1); sep != 0 && sc.number(i+1, 1, 2) && sc.number(i+2, 1, 2) && sc.separator(i+2) == sep {
			return sc.finish(i, i+3, y, sc.toks[i+1].num, sc.toks[i+2].num, false)
		}
		return sc.yearMonthDay(i, y)
	case t.digits <= 2:
		if hit, next, ok := sc.dayMonthYear(i); ok {
			return hit, next, true
		}
		return sc.numeric(i)
	}
	return dateHit{}, i, false
}

// era reads a Japanese year such as 令和3年 and returns the token of 年.
func (sc *dateScanner) era(i int) (year, next int, ok bool) {
	if !sc.is(i+1, 'c') || !sc.char(i+3, "年") {
		return 0, i, false
	}
	var first int
	switch string([]rune{sc.toks[i].r, sc.toks[i+1].r}) {
	case "令和":
		first = 2019
	case "平成":
		first = 1989
	default:
		return 0, i, false
	}
	switch {
	case sc.number(i+2, 1, 2):
		return first + sc.toks[i+2].num - 1, i + 3, true
	case sc.char(i+2, "元"):
		return first, i + 3, true
	}
	return 0, i, false
}

// yearFirstCJK reads 年7月24日 from the token of 年 on.
func (sc *dateScanner) yearFirstCJK(start, y, i int) (dateHit, int, bool) {
	if !sc.number(i+1, 1, 2) || !sc.char(i+2, "月월") || !sc.number(i+3, 1, 2) || !sc.char(i+4, "日号號일") {
		return dateHit{}, start, false
	}
	return sc.finish(start, i+5, y, sc.toks[i+1].num, sc.toks[i+3].num, false)
}

// yearMonthDay reads the forms of Hungarian, Baltic and some English dates.
func (sc *dateScanner) yearMonthDay(i, y int) (dateHit, int, bool) {
	j := sc.skipFiller(i + 1)
	if !sc.loose(i+1) || j >= len(sc.toks) || !sc.loose(j) {
		return dateHit{}, i, false
	}
	if m, next, ok := sc.month(j); ok {
		if sc.number(next, 1, 2) && sc.loose(next) {
			return sc.finish(i, next+1, y, m, sc.toks[next].num, false)
		}
		return dateHit{}, i, false
	}
	if j > i+1 && sc.number(j, 1, 2) && sc.is(j+1, 'w') && sc.loose(j+1) {
		if m, next, ok := sc.month(j + 1); ok {
			return sc.finish(i, next, y, m, sc.toks[j].num, false)
		}
	}
	return dateHit{}, i, false
}

// dayMonthYear reads 24 July 2021 and its kin.
func (sc *dateScanner) dayMonthYear(i int) (dateHit, int, bool) {
	j := i + 1
	if !sc.loose(j) {
		return dateHit{}, i, false
	}
	m, next, ok := sc.month(j)
	for n := 0; !ok && n < 2; n++ { // "24th of", "1er", "24 de"
		k := sc.skipFiller(j)
		if k == j || !sc.loose(k) {
			return dateHit{}, i, false
		}
		j = k
		m, next, ok = sc.month(j)
	}
	if !ok || !sc.loose(next) {
		return dateHit{}, i, false
	}
	y, ok := sc.year(next)
	if !ok {
		if k := sc.skipFiller(next); k > next && sc.loose(k) {
			y, ok = sc.year(k)
			next = k
		}
	}
	if !ok && sc.number(next, 2, 2) && (sc.separator(next) == '-' || strings.ContainsAny(sc.gap(next), "'’")) {
		return sc.finish(i, next+1, sc.century(sc.toks[next].num), m, sc.toks[i].num, true)
	}
	if !ok {
		return dateHit{}, i, false
	}
	return sc.finish(i, next+1, y, m, sc.toks[i].num, false)
}

// monthDayYear reads July 24, 2021; a time may stand before the year.
func (sc *dateScanner) monthDayYear(i, m, next int) (dateHit, int, bool) {
	if !sc.number(next, 1, 2) || !sc.loose(next) {
		return dateHit{}, i, false
	}
	d := sc.toks[next].num
	j := next + 1
	if sc.is(j, 'w') && sc.gap(j) == "" {
		j = sc.skipFiller(j) // 24th
	}
	if j >= len(sc.toks) {
		return dateHit{}, i, false
	}
	if y, ok := sc.year(j); ok && sc.loose(j) {
		return sc.finish(i, j+1, y, m, d, false)
	}
	if k := sc.skipFiller(j); k > j && sc.loose(k) {
		if y, ok := sc.year(k); ok {
			return sc.finish(i, k+1, y, m, d, false)
		}
	}
	if clock, k, ok := sc.clock(j); ok && k < len(sc.toks) {
		if y, ok := sc.year(k); ok {
			hit, end, ok := sc.finish(i, k+1, y, m, d, false)
			if ok && clock.zone != nil {
				hit.date = clock.on(hit.date)
			}
			return hit, end, ok
		}
	}
	return dateHit{}, i, false
}

// numeric reads dates of three numbers with the year last.
func (sc *dateScanner) numeric(i int) (dateHit, int, bool) {
	if i+2 >= len(sc.toks) || !sc.number(i+1, 1, 2) || !(sc.number(i+2, 4, 4) || sc.number(i+2, 2, 2)) {
		return dateHit{}, i, false
	}
	sep := sc.separator(i + 1)
	if sep == 0 || sc.separator(i+2) != sep {
		return dateHit{}, i, false
	}
	if i > 0 && sc.toks[i-1].kind == 'n' && len(sc.gap(i)) == 1 && sc.separator(i) != 0 {
		return dateHit{}, i, false // the middle of a longer row of numbers
	}
	if i+3 < len(sc.toks) && sc.toks[i+3].kind == 'n' && sc.gap(i+3) == string(sep) {
		return dateHit{}, i, false // an address or a version
	}
	a, b := sc.toks[i].num, sc.toks[i+1].num
	y, full := sc.year(i + 2)
	guessed := false
	if !full {
		if sc.toks[i+2].digits != 2 || sc.toks[i].digits+sc.toks[i+1].digits < 3 {
			return dateHit{}, i, false
		}
		y, guessed = sc.century(sc.toks[i+2].num), true
	}
	d, m := a, b
	switch {
	case a > 12:
	case b > 12:
		d, m = b, a
	case sep != '.' && sc.monthFirst:
		d, m, guessed = b, a, a != b
	case sep != '.':
		guessed = guessed || a != b
	}
	return sc.finish(i, i+3, y, m, d, guessed)
}

func (sc *dateScanner) century(y int) int {
	if y >= earliestYear-1900 {
		return 1900 + y
	}
	return 2000 + y
}

// finish checks the day, and takes the time that follows when it has a zone.
func (sc *dateScanner) finish(start, next, y, m, d int, guessed bool) (dateHit, int, bool) {
	date, ok := day(y, m, d)
	if !ok {
		return dateHit{}, start, false
	}
	if next < len(sc.toks) && sc.toks[next].kind == 'n' && sc.gap(next) == "" {
		return dateHit{}, start, false
	}
	hit := dateHit{start: sc.toks[start].start, date: date, guessed: guessed}
	// "24 d." and "24-én": what hangs on the day belongs to it.
	if sc.is(next, 'w') && len(sc.word(next)) <= 4 && (sc.gap(next) == "-" || sc.word(next) == "d") {
		next++
	}
	j := next
	for n := 0; n < 3 && (sc.is(j, 'w') || sc.is(j, 'c')) && sc.nearTime(j); n++ {
		j++ // "at", "um", "kl", "(Sat)", "T"
	}
	if c, after, ok := sc.clock(j); ok && sc.nearTime(j) {
		hit.date = c.on(hit.date)
		next = after
	}
	hit.end = sc.toks[next-1].end
	return hit, next, true
}

// nearTime reports whether the gap before token i may stand between a date and its time.
func (sc *dateScanner) nearTime(i int) bool {
	return i < len(sc.toks) && len(strings.TrimSpace(sc.gap(i))) <= 3 && len(sc.gap(i)) <= 12 &&
		(sc.toks[i].kind != 'w' || utf8.RuneCountInString(sc.word(i)) <= 5 || isWeekday(sc.word(i)))
}

// clockTime is a time of day; without a zone it is not an instant.
type clockTime struct {
	h, m, s, ns int
	zone        *time.Location
}

func (c clockTime) on(d tamiz.Date) tamiz.Date {
	if c.zone == nil {
		return d
	}
	y, m, day := d.Time.Date()
	return tamiz.Date{Time: time.Date(y, m, day, c.h, c.m, c.s, c.ns, c.zone), HasTime: true}
}

// clock reads 10:15, 10:15:30.123, 10.15 Uhr, 10h15, 10時15分 and what follows:
// am or pm, and a zone as an offset or an abbreviation.
func (sc *dateScanner) clock(i int) (clockTime, int, bool) {
	var c clockTime
	if !sc.number(i, 1, 2) {
		return c, i, false
	}
	c.h = sc.toks[i].num
	j := i + 1
	switch {
	case sc.number(j, 2, 2) && (sc.gap(j) == ":" || sc.gap(j) == "："):
		c.m = sc.toks[j].num
		j++
		if sc.number(j, 2, 2) && sc.gap(j) == ":" {
			c.s = sc.toks[j].num
			j++
			if sc.number(j, 1, 9) && (sc.gap(j) == "." || sc.gap(j) == ",") {
				ns := sc.toks[j].num
				for k := sc.toks[j].digits; k < 9; k++ {
					ns *= 10
				}
				c.ns = ns
				j++
			}
		}
	case sc.number(j, 2, 2) && sc.gap(j) == ".":
		c.m = sc.toks[j].num
		j++
	case sc.is(j, 'w') && strings.EqualFold(sc.word(j), "h") && sc.number(j+1, 2, 2) && strings.TrimSpace(sc.gap(j+1)) == "":
		c.m = sc.toks[j+1].num
		j += 2
	case sc.char(j, "時时點点시"):
		j++
		if sc.number(j, 1, 2) && sc.char(j+1, "分분") {
			c.m = sc.toks[j].num
			j += 2
		}
	case sc.is(j, 'w') && (strings.EqualFold(sc.word(j), "am") || strings.EqualFold(sc.word(j), "pm")):
	default:
		return c, i, false
	}
	if c.h > 24 || c.m > 59 || c.s > 60 {
		return c, i, false
	}
	if sc.is(j, 'w') {
		w := strings.ToLower(sc.word(j))
		half := w == "am" || w == "pm"
		if !half && (w == "a" || w == "p") && sc.is(j+1, 'w') && strings.EqualFold(sc.word(j+1), "m") {
			half = true
			j++
		}
		if half {
			if c.h == 12 {
				c.h = 0
			}
			if w[0] == 'p' {
				c.h += 12
			}
			j++
		}
	}
	j = sc.zone(&c, j)
	return c, j, true
}

// zone reads the zone after a time: Z, +02:00, -0500, GMT+2, CEST.
func (sc *dateScanner) zone(c *clockTime, j int) int {
	offset := func(i int) (*time.Location, int, bool) {
		if i >= len(sc.toks) || sc.toks[i].kind != 'n' {
			return nil, i, false
		}
		g := strings.TrimSpace(sc.gap(i))
		sign := 1
		switch g {
		case "+":
		case "-", "−":
			sign = -1
		default:
			return nil, i, false
		}
		t := sc.toks[i]
		h, m, next := t.num, 0, i+1
		switch {
		case t.digits == 4:
			h, m = t.num/100, t.num%100
		case t.digits > 2:
			return nil, i, false
		case sc.number(i+1, 2, 2) && sc.gap(i+1) == ":":
			m, next = sc.toks[i+1].num, i+2
		}
		if h > 14 || m > 59 {
			return nil, i, false
		}
		return time.FixedZone("", sign*(h*3600+m*60)), next, true
	}
	// "10:15 - 24" is not a zone; "10:15 -0500" is.
	if loc, next, ok := offset(j); ok && (!strings.HasPrefix(sc.gap(j), " ") || sc.toks[j].digits == 4) {
		c.zone = loc
		return next
	}
	if !sc.is(j, 'w') || len(sc.gap(j)) > 3 || strings.ContainsAny(sc.gap(j), ",;:") {
		return j
	}
	w := strings.ToUpper(sc.word(j))
	off, ok := zoneOffsets[w]
	if !ok {
		return j
	}
	if off == 0 {
		if loc, next, ok := offset(j + 1); ok {
			c.zone = loc
			return next
		}
		c.zone = time.UTC
		return j + 1
	}
	c.zone = time.FixedZone("", off*60)
	return j + 1
}

// zoneOffsets are abbreviations whose meaning on news pages is not in doubt, in
// minutes east of Greenwich. IST (India, Israel, Ireland) and CST (America,
// China) are left out.
var zoneOffsets = map[string]int{
	"Z": 0, "GMT": 0, "UTC": 0, "WET": 0, "BST": 60, "WEST": 60, "CET": 60, "MEZ": 60,
	"CEST": 120, "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "МСК": 180,
	"JST": 540, "KST": 540, "WIB": 420, "WITA": 480, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
	"EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}

// monthFirst reports whether 03/04/2021 is the fourth of March in a language.
// English without a country follows the United States, where most of it is
// written; every other English-speaking country puts the day first.
func monthFirst(lang string) bool {
	l := strings.ToLower(strings.ReplaceAll(lang, "_", "-"))
	p, region, _ := strings.Cut(l, "-")
	switch p {
	case "en":
		return region == "" || region == "us" || strings.HasPrefix(region, "us-") || region == "ph"
	case "fil", "tl", "":
		return true
	}
	return region == "us"
}

func primaryLanguage(lang string) string {
	p, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	return p
}

// foldWord is the form in which words are looked up: lower case, no accents.
func foldWord(w string) string {
	ascii := true
	upper := false
	for i := 0; i < len(w); i++ {
		if w[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
		upper = upper || w[i] >= 'A' && w[i] <= 'Z'
	}
	if ascii {
		if upper {
			return strings.ToLower(w)
		}
		return w
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(w)) {
		switch {
		case r >= 0x0300 && r <= 0x036F:
		case r == 'ı':
			b.WriteByte('i')
		case r == 'ς':
			b.WriteRune('σ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// monthOf gives the month that a word names, 0 for none.
func monthOf(w, lang string) int { return foldedMonth(foldWord(w), lang) }

func foldedMonth(f, lang string) int {
	if lang == "hr" && (f == "listopad" || f == "listopada") {
		return 10 // November in Polish and Czech
	}
	return monthIndex[f]
}

func isWeekday(w string) bool { return weekdayIndex[foldWord(w)] }

var monthIndex = func() map[string]int {
	idx := make(map[string]int, 1200)
	for _, months := range monthNames {
		for m, names := range months {
			for _, n := range strings.Fields(names) {
				if f := foldWord(n); idx[f] == 0 {
					idx[f] = m + 1
				}
			}
		}
	}
	return idx
}()

var weekdayIndex = func() map[string]bool {
	idx := make(map[string]bool, 400)
	for _, n := range strings.Fields(weekdayNames) {
		idx[foldWord(n)] = true
	}
	return idx
}()

// dateLine is what a line says that holds a date and little else.
type dateLine struct {
	published, modified tamiz.Date
	labelled            bool // a label such as "Published:" says what the date is
	guessed             bool
}

// date is the one date of the line: when it was published, else changed.
func (d dateLine) date() tamiz.Date {
	if d.published.IsZero() {
		return d.modified
	}
	return d.published
}

// findDateLine reports the date of a line that holds (a label and) a date and
// little else: a name, a reading time, a place.
func findDateLine(line, lang string) (tamiz.Date, bool) {
	d, ok := readDateLine(line, lang)
	return d.date(), ok
}

// readDateLine takes the dates out of a line and looks at what remains. A label
// is told by its word, or by the colon between it and the date, which needs no
// words: what remains must be short, and not a sentence.
func readDateLine(line, lang string) (dateLine, bool) {
	line = strings.TrimSpace(line)
	if line == "" || len(line) > maxDateLine || strings.ContainsAny(line, "\n") {
		return dateLine{}, false
	}
	hits := findDates(line, lang)
	if len(hits) == 0 || len(hits) > 3 {
		return dateLine{}, false
	}
	var out dateLine
	var first dateLabel
	others, runes := 0, 0
	end := 0
	colon := false
	for i, h := range hits {
		next := len(line)
		if i+1 < len(hits) {
			next = hits[i+1].start
		}
		before := readLabel(line[end:h.start], true)
		after := readLabel(line[h.end:next], false)
		if i == 0 {
			first = before
		}
		others += before.others
		runes += before.runes
		if i == len(hits)-1 {
			others += after.others
			runes += after.runes
		}
		end = h.end
		out.guessed = out.guessed || h.guessed
		role := before
		if role.words == 0 && !role.colon {
			role = after
		}
		if before.colon && before.tokens <= 6 {
			colon = true
		}
		if role.words > 0 {
			out.labelled = true
		}
		if role.modified {
			if out.modified.IsZero() {
				out.modified = h.date
			}
		} else if out.published.IsZero() {
			out.published = h.date
		}
	}
	rest := line[end:]
	sentence := others > 0 && endsSentence(rest) && len(strings.TrimSpace(rest)) > 1
	switch {
	case runes > maxLabelRunes:
		return dateLine{}, false
	case others == 0:
	case sentence && !colon:
		return dateLine{}, false
	case colon:
		if others > 8 {
			return dateLine{}, false
		}
	case others <= 8 && separated(rest, false) && leadsToName(line):
	case out.labelled:
		if others > 7 || first.others > 2 || !separated(rest, false) {
			return dateLine{}, false
		}
	default:
		// Without a label the date must stand by itself between separators, or
		// beside nothing but a name.
		if others > 6 || !bounded(line, hits) && !besideName(line, hits) {
			return dateLine{}, false
		}
	}
	out.labelled = out.labelled || colon
	return out, true
}

// How many words may lead to the date of a line, and how many letters those of
// scripts without spaces.
const (
	maxLooseWords = 5
	maxLooseRunes = 10
)

// looseDate reads a line that begins with a few words and ends in its only
// date, or in a byline after it, "Im Netz seit dem 12. Juni 2025": a label in words that are not in the
// lists. Under a title that is enough; anywhere else it is part of a sentence.
func looseDate(line, lang string) (tamiz.Date, bool) {
	line = strings.TrimSpace(line)
	if line == "" || len(line) > maxDateLine {
		return tamiz.Date{}, false
	}
	hits := findDates(line, lang)
	if len(hits) != 1 || hits[0].guessed {
		return tamiz.Date{}, false
	}
	if after := readLabel(line[hits[0].end:], false); after.words+after.others > 0 && !leadsToByline(line[hits[0].end:]) {
		return tamiz.Date{}, false
	}
	before := strings.TrimSpace(line[:hits[0].start])
	if before == "" {
		return hits[0].date, true
	}
	if r := firstRune(before); unicode.IsLower(r) || !unicode.IsLetter(r) || strings.ContainsAny(before, ".!?;。！？\"“”«»") {
		return tamiz.Date{}, false
	}
	words, spaceless, label := 0, 0, readLabel(before, true)
	for _, t := range dateTokens(before) {
		switch t.kind {
		case 'w':
			words++
		case 'c':
			spaceless++
		default:
			return tamiz.Date{}, false
		}
	}
	if label.modified || words > maxLooseWords || spaceless > maxLooseRunes {
		return tamiz.Date{}, false
	}
	return hits[0].date, true
}

// leadsToByline reports whether what follows a date is a label and a name.
func leadsToByline(s string) bool {
	s = strings.TrimLeft(s, " .,;|–—-/")
	if _, ok := labelledName(s); ok {
		return true
	}
	name, alone, ok := bylineOf(s)
	return ok && !alone && looksLikeName(name)
}

// leadsToName reports whether a line begins like a byline.
func leadsToName(line string) bool {
	toks := dateTokens(cutBytes(line, 40))
	return len(toks) > 1 && toks[0].kind == 'w' && bylinePrefixes[foldWord(line[toks[0].start:toks[0].end])]
}

// besideName reports whether all there is besides the one date looks like a
// name: "Jane Doe 4 August 2010".
func besideName(line string, hits []dateHit) bool {
	if len(hits) != 1 {
		return false
	}
	before, after := strings.TrimSpace(line[:hits[0].start]), strings.TrimSpace(line[hits[0].end:])
	return after == "" && looksLikeName(before) || before == "" && looksLikeName(after)
}

// dateLabel is what stands beside a date.
type dateLabel struct {
	tokens   int // words, and runs of Chinese, Japanese or Korean characters
	words    int // of them labels, next to the date
	others   int // of them neither labels nor weekdays, zones or particles
	runes    int // letters of the others
	colon    bool
	modified bool
}

// readLabel looks at the text before or after a date. A label counts only next
// to the date: "posted on", not "posted the minutes of".
func readLabel(s string, before bool) dateLabel {
	var l dateLabel
	pending := 0 // labels seen that are not yet known to be next to the date
	modified := false
	trimmed := strings.TrimRight(s, " \t\u00a0\u3000")
	l.colon = strings.HasSuffix(trimmed, ":") || strings.HasSuffix(trimmed, "：")
	toks := dateTokens(s)
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		switch t.kind {
		case 'w':
			l.tokens++
			f := foldWord(s[t.start:t.end])
			switch {
			case modifiedLabelIndex[f]:
				if before || l.others == 0 {
					pending++
					modified = true
				}
			case publishedLabelIndex[f]:
				if before || l.others == 0 {
					pending++
				}
			case dateParticleIndex[f] || weekdayIndex[f] || len(f) == 1:
			default:
				if _, zone := zoneOffsets[strings.ToUpper(f)]; !zone {
					l.others++
					l.runes += utf8.RuneCountInString(f)
					if before {
						l.others += pending
						pending, modified = 0, false
					}
				}
			}
		case 'c':
			end := i
			for end < len(toks) && toks[end].kind == 'c' {
				end++
			}
			run := s[t.start:toks[end-1].end]
			l.tokens++
			known := false
			for _, w := range cjkModified {
				if strings.Contains(run, w) {
					l.modified, known = true, true
				}
			}
			for _, w := range cjkPublished {
				if strings.Contains(run, w) {
					known = true
				}
			}
			n := end - i
			switch {
			case known:
				l.words++
				if n > 6 {
					l.others += n / 4
					l.runes += n
				}
			case n <= 3 && strings.ContainsAny(run, "月火水木金土日一二三四五六曜星期周时時点點分요일오전오후午前後上下"):
			default:
				l.others += (n + 1) / 2
				l.runes += n
			}
			i = end - 1
		}
	}
	l.words += pending
	l.modified = l.modified || modified
	return l
}

// bounded reports whether every date stands between separators or the ends of
// the line, once weekdays are left out.
func bounded(line string, hits []dateHit) bool {
	prev := 0
	for i, h := range hits {
		next := len(line)
		if i+1 < len(hits) {
			next = hits[i+1].start
		}
		if !separated(line[prev:h.start], true) || !separated(line[h.end:next], false) {
			return false
		}
		prev = h.end
	}
	return true
}

// separated reports whether a date stands apart from the text before or after it.
func separated(s string, before bool) bool {
	spaced := s != "" && unicode.IsSpace(firstRune(s))
	s = strings.TrimSpace(s)
	toks := dateTokens(s)
	if len(toks) == 0 {
		return true
	}
	const marks = "|·•⋅∙●◦▪■–—-/,()[]、，:：;»›>"
	if before {
		for i := len(toks) - 1; i >= 0; i-- {
			if strings.ContainsAny(s[toks[i].end:], marks) {
				return true
			}
			if toks[i].kind != 'w' || !isWeekday(s[toks[i].start:toks[i].end]) {
				return false
			}
		}
		return true
	}
	for _, t := range toks {
		if strings.ContainsAny(s[:t.start], marks) {
			return true
		}
		w := foldWord(s[t.start:t.end])
		if t.kind != 'w' || !dateParticleIndex[w] {
			// Chinese and Japanese sentences have no space after a date.
			return bylineWords[w] || publishedLabelIndex[w] || isWeekday(w) || t.kind == 'n' || t.kind == 'c' && spaced
		}
	}
	return true
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, " \t\u00a0\"'”’»)")
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?…。！？؟।", r)
}

func labelIndex(words string) map[string]bool {
	idx := make(map[string]bool, 256)
	for _, w := range strings.Fields(words) {
		idx[foldWord(w)] = true
	}
	return idx
}

var (
	publishedLabelIndex = labelIndex(publishedLabels)
	modifiedLabelIndex  = labelIndex(modifiedLabels)
	dateParticleIndex   = labelIndex(dateParticles)
	cjkPublished        = strings.Fields(publishedLabelsCJK)
	cjkModified         = strings.Fields(modifiedLabelsCJK)
)
