package weburl

import "strings"

// iso639 holds the two-letter codes of ISO 639-1, and the one three-letter code
// that sites use in addresses because its language has no shorter one.
var iso639 = func() map[string]bool {
	set := make(map[string]bool)
	for code := range strings.FieldsSeq(`
		aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
		da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
		hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
		lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om
		or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
		ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu fil`) {
		set[code] = true
	}
	return set
}()

// countryNames are country codes that sites write where a language belongs.
// Some are also codes of small languages (kr Kanuri, br Breton, tw Twi, se
// Northern Sami), which in addresses are hardly ever meant.
var countryNames = map[string]string{
	"jp": "ja", "cn": "zh-CN", "tw": "zh-TW", "hk": "zh-HK", "kr": "ko", "vn": "vi",
	"ua": "uk", "cz": "cs", "dk": "da", "gr": "el", "se": "sv", "br": "pt-BR", "mx": "es-MX",
	"iw": "he", "in": "id", // the codes of before 1989
}

// languageParameters are the query parameters that choose a page's language.
var languageParameters = map[string]bool{
	"lang": true, "language": true, "locale": true, "hl": true, "lng": true, "setlang": true,
}

// languageSegments is how many leading path segments may name the language:
// "/es/post" and "/blog/es/post", but not a code deep inside an address.
const languageSegments = 2

// LanguageVariant finds the language that a canonical URL names in its first
// path segments, its query or its host: "https://x.org/es/post",
// "https://x.org/post?lang=pt-br", "https://es.x.org/post". It gives the BCP 47
// tag and the URL with that element taken out. Editions of one text in several
// languages often have one neutral URL; so often has nothing else, but short
// codes are also words ("/it/", "/id/7"), so this is evidence, not proof.
//
// A "www." is left out of the neutral URL, with or without a language, so that
// the neutral URLs of es.x.org and www.x.org are equal; ok is false and lang
// empty when no language was found.
func LanguageVariant(u string) (lang, neutral string, ok bool) {
	scheme, rest, found := strings.Cut(u, "://")
	if !found {
		return "", u, false
	}
	host, path, _ := strings.Cut(rest, "/")
	path, query, hasQuery := strings.Cut("/"+path, "?")
	host = withoutWWW(host)
	build := func() string {
		if hasQuery {
			return scheme + "://" + host + path + "?" + query
		}
		return scheme + "://" + host + path
	}

	segments := strings.Split(path[1:], "/")
	for i := 0; i < min(languageSegments, len(segments)); i++ {
		if lang = languageTag(segments[i]); lang != "" {
			path = "/" + strings.Join(append(segments[:i:i], segments[i+1:]...), "/")
			return lang, build(), true
		}
	}
	if hasQuery {
		pairs := strings.Split(query, "&")
		for i, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			if !languageParameters[strings.ToLower(name)] {
				continue
			}
			if lang = languageTag(value); lang != "" {
				query = strings.Join(append(pairs[:i:i], pairs[i+1:]...), "&")
				hasQuery = query != ""
				return lang, build(), true
			}
		}
	}
	if label, parent, _ := strings.Cut(host, "."); strings.Contains(parent, ".") && Site(host) == Site(parent) {
		if lang = languageTag(label); lang != "" {
			host = withoutWWW(parent)
			return lang, build(), true
		}
	}
	return "", build(), false
}

func withoutWWW(host string) string {
	if name, found := strings.CutPrefix(host, "www."); found && strings.Contains(name, ".") {
		return name
	}
	return host
}

// languageTag reads a language code with an optional script and region, joined
// by "-" or "_", and gives it with the usual letter case; empty if it is none.
func languageTag(s string) string {
	const longest = len("zh-Hant-TW")
	if len(s) < 2 || len(s) > longest {
		return ""
	}
	parts := strings.Split(strings.ReplaceAll(strings.ToLower(s), "_", "-"), "-")
	if len(parts) == 1 {
		if tag := countryNames[parts[0]]; tag != "" {
			return tag
		}
	}
	if !iso639[parts[0]] {
		return ""
	}
	tag, rest := parts[0], parts[1:]
	if len(rest) > 0 && len(rest[0]) == 4 && isAll(rest[0], isLetter) {
		tag += "-" + strings.ToUpper(rest[0][:1]) + rest[0][1:]
		rest = rest[1:]
	}
	if len(rest) > 0 && (len(rest[0]) == 2 && isAll(rest[0], isLetter) || len(rest[0]) == 3 && isAll(rest[0], isDigit)) {
		tag += "-" + strings.ToUpper(rest[0])
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return ""
	}
	return tag
}

func isAll(s string, is func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !is(s[i]) {
			return false
		}
	}
	return true
}
