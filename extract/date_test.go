package extract

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseDate(t *testing.T) {
	for _, tt := range []struct{ name, in, lang, want string }{
		{"day", "2021-07-24", "", "2021-07-24"},
		{"instant in UTC", "2021-07-24T10:15:00Z", "", "2021-07-24T10:15:00Z"},
		{"instant with offset", "2021-07-24T22:15:00.123+02:00", "", "2021-07-24T22:15:00+02:00"},
		{"offset without colon", "2021-07-24T22:15:00-0500", "", "2021-07-24T22:15:00-05:00"},
		{"blank before the offset", "2021-07-24 22:15:00 +0900", "", "2021-07-24T22:15:00+09:00"},
		{"time without zone gives the day", "2021-07-24T22:15:00", "", "2021-07-24"},
		{"basic format", "20210724", "", "2021-07-24"},
		{"basic format with time", "20210724T101500Z", "", "2021-07-24T10:15:00Z"},
		{"Unix seconds", "1627121700", "", "2021-07-24T10:15:00Z"},
		{"Unix milliseconds", "1627121700000", "", "2021-07-24T10:15:00Z"},
		{"mail", "Sat, 24 Jul 2021 10:15:00 +0300", "", "2021-07-24T10:15:00+03:00"},
		{"a range of hours is no zone", "24 July 2021, 10:15 - 12", "", "2021-07-24"},
		{"mail in GMT", "Sat, 24 Jul 2021 10:15:00 GMT", "", "2021-07-24T10:15:00Z"},
		{"time before the year", "Sat Jul 24 10:15:00 EDT 2021", "", "2021-07-24T10:15:00-04:00"},
		{"afternoon", "July 24, 2021 at 1:05 p.m. EDT", "", "2021-07-24T13:05:00-04:00"},
		{"slashes in ISO order", "2021/7/4", "", "2021-07-04"},
		{"American", "07/24/2021", "en", "2021-07-24"},
		{"American, ambiguous", "03/04/2021", "en", "2021-03-04"},
		{"British, ambiguous", "03/04/2021", "en-GB", "2021-04-03"},
		{"French, ambiguous", "03/04/2021", "fr", "2021-04-03"},
		{"points put the day first", "03.04.2021", "en", "2021-04-03"},
		{"two digits of the year", "24.07.21", "de", "2021-07-24"},
		{"English", "July 24th, 2021", "", "2021-07-24"},
		{"English, day first", "24th of July 2021", "", "2021-07-24"},
		{"German", "24. Juli 2021", "", "2021-07-24"},
		{"Spanish", "24 de julio de 2021", "", "2021-07-24"},
		{"Spanish with del", "24 de julio del 2021", "", "2021-07-24"},
		{"Portuguese", "1 de março de 2022", "", "2022-03-01"},
		{"French ordinal", "1er août 2021", "", "2021-08-01"},
		{"Italian", "24 luglio 2021", "", "2021-07-24"},
		{"Dutch", "24 mei 2021", "", "2021-05-24"},
		{"Russian", "24 июля 2021 г.", "", "2021-07-24"},
		{"Ukrainian", "24 липня 2021", "", "2021-07-24"},
		{"Polish", "24 października 2021", "", "2021-10-24"},
		{"Polish November", "3 listopada 2021", "pl", "2021-11-03"},
		{"Croatian October", "3. listopada 2021.", "hr", "2021-10-03"},
		{"Czech", "24. července 2021", "", "2021-07-24"},
		{"Czech June", "24. června 2021", "", "2021-06-24"},
		{"Slovak", "5. mája 2021", "", "2021-05-05"},
		{"Greek", "24 Ιουλίου 2021", "", "2021-07-24"},
		{"Turkish", "24 Ağustos 2021", "", "2021-08-24"},
		{"Turkish dotless", "3 Mayıs 2021", "", "2021-05-03"},
		{"Hungarian", "2021. július 24.", "", "2021-07-24"},
		{"Lithuanian", "2021 m. liepos 24 d.", "", "2021-07-24"},
		{"Latvian", "2021. gada 24. jūlijs", "", "2021-07-24"},
		{"Finnish", "24. heinäkuuta 2021", "", "2021-07-24"},
		{"Indonesian", "24 Agustus 2021", "", "2021-08-24"},
		{"Vietnamese", "24 tháng 7, 2021", "", "2021-07-24"},
		{"Vietnamese in words", "ngày 24 tháng bảy năm 2021", "", "2021-07-24"},
		{"Vietnamese November", "24 tháng mười một 2021", "", "2021-11-24"},
		{"Arabic", "24 يوليو 2021", "", "2021-07-24"},
		{"Arabic, both names", "24 يوليو/تموز 2021", "", "2021-07-24"},
		{"Arabic digits", "٢٤ يوليو ٢٠٢١", "", "2021-07-24"},
		{"Hebrew", "24 ביולי 2021", "", "2021-07-24"},
		{"Hindi", "24 जुलाई 2021", "", "2021-07-24"},
		{"Thai era", "24 กรกฎาคม 2564", "th", "2021-07-24"},
		{"Chinese", "2021年7月24日", "", "2021-07-24"},
		{"Chinese with 号", "2021年7月24号", "", "2021-07-24"},
		{"Japanese with weekday", "2021年7月24日（土）10時15分", "", "2021-07-24"},
		{"Japanese era", "令和3年7月24日", "", "2021-07-24"},
		{"full-width digits", "２０２１年７月２４日", "", "2021-07-24"},
		{"Korean", "2021년 7월 24일", "", "2021-07-24"},
		{"Korean with points", "2021. 07. 24.", "ko", "2021-07-24"},
		{"hyphens and a name", "24-Jul-2021", "", "2021-07-24"},
		{"no such day", "2021-02-30", "", ""},
		{"month only", "2021-07", "", ""},
		{"address", "192.168.10.2021", "", ""},
		{"version", "1.2.2021.4", "", ""},
		{"phone", "555-12-2021-77", "", ""},
		{"before the web", "24 July 1944", "", ""},
		{"not a month", "24 Jubel 2021", "", ""},
		{"empty", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := parseDate(tt.in, tt.lang)
			if got := d.String(); got != tt.want {
				t.Errorf("parseDate(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestReadDateLine(t *testing.T) {
	for _, tt := range []struct{ line, lang, published, modified string }{
		{"Published: 2021-07-24", "en", "2021-07-24", ""},
		{"Publicado: 2021-07-24", "es", "2021-07-24", ""},
		{"Diterbitkan: 2021-07-24", "id", "2021-07-24", ""},
		{"Опубликовано: 24 июля 2021", "ru", "2021-07-24", ""},
		{"Publié le 24 juillet 2021 à 10h15", "fr", "2021-07-24", ""},
		{"Veröffentlicht am Samstag, 24. Juli 2021 um 10:15 Uhr", "de", "2021-07-24", ""},
		{"Zveřejněno: 24. 7. 2021", "cs", "2021-07-24", ""},
		{"公開日：2021年7月24日", "ja", "2021-07-24", ""},
		{"发布时间：2021-07-24 10:15", "zh", "2021-07-24", ""},
		{"2021年7月24日 更新", "ja", "", "2021-07-24"},
		{"등록 2021.07.24 10:15", "ko", "2021-07-24", ""},
		{"Kisah lama: 2021-07-24", "id", "2021-07-24", ""}, // an unknown label: the colon tells
		{"July 24, 2021", "en", "2021-07-24", ""},
		{"July 24, 2021 | 5 min read", "en", "2021-07-24", ""},
		{"By Jane Doe | July 24, 2021", "en", "2021-07-24", ""},
		{"July 24, 2021 by Jane Doe", "en", "2021-07-24", ""},
		{"Posted on July 24, 2021 by Jane Doe in Marketing", "en", "2021-07-24", ""},
		{"By Jane Doe ⋅ Chief Analyst ⋅ Updated July 24, 2021", "en", "", "2021-07-24"},
		{"by Jane Doe on July 24, 2021", "en", "2021-07-24", ""},
		{"Von Erika Mustermann, veröffentlicht am 24.07.2021, 10:15 Uhr", "de", "2021-07-24", ""},
		{"2021-07-24 10:15 来源：港口日报 记者 王小明", "zh", "2021-07-24", ""},
		{"2021年7月24日公司宣布收购竞争对手", "zh", "", ""},
		{"Jane Doe 24 July 2021", "en", "2021-07-24", ""},
		{"Published July 24, 2021 · Updated March 3, 2022", "en", "2021-07-24", "2022-03-03"},
		{"Last updated on March 3, 2022", "en", "", "2022-03-03"},
		{"Atualizado em 3 de março de 2022", "pt", "", "2022-03-03"},
		{"On July 24, 2021 the company bought its rival", "en", "", ""},
		{"It was founded on 24 July 2021.", "en", "", ""},
		{"The 24 July 2021 meeting changed all of that", "en", "", ""},
		{"Le 24 juillet 2021 restera dans les mémoires.", "fr", "", ""},
		{"公司于2021年7月24日在上海宣布收购竞争对手", "zh", "", ""},
		{"Nothing here", "en", "", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			d, ok := readDateLine(tt.line, tt.lang)
			if ok != (tt.published+tt.modified != "") || d.published.String() != tt.published || d.modified.String() != tt.modified {
				t.Errorf("readDateLine(%q) = %v %v %v, want %q %q", tt.line, d.published, d.modified, ok, tt.published, tt.modified)
			}
		})
	}
}

func TestLooseDate(t *testing.T) {
	for _, tt := range []struct{ line, lang, want string }{
		{"Mis en ligne le 21 juillet 2026", "fr", "2026-07-21"},
		{"Na síti od 2025-12-05", "cs", "2025-12-05"},
		{"Im Netz seit dem 12. Juni 2025", "de", "2025-06-12"},
		{"Im Netz seit dem 12. Juni 2025 Text: Henning Brockmann", "de", "2025-06-12"},
		{"En línea desde el 5 de octubre de 2025", "es", "2025-10-05"},
		{"Выложено 22 марта 2025 г.", "ru", "2025-03-22"},
		{"No ar desde 5 de março de 2026", "pt", "2026-03-05"},
		{"Ute sedan 3 mars 2026", "sv", "2026-03-03"},
		{"12 Mart 2026 Kalem: Ayşe Demir", "tr", "2026-03-12"},
		{"上线于2026年3月5日", "zh", "2026-03-05"},
		{"It was founded on 24 July 2021.", "en", "2021-07-24"}, // only asked under a title
		{"On July 24, 2021 the company bought its rival", "en", ""},
		{"After months of waiting they met again on 24 July 2021", "en", ""},
		{"Founded. On 24 July 2021", "en", ""},
		{"Zuletzt geändert am 24. Juli 2021", "de", ""},
		{"Nothing here", "en", ""},
	} {
		d, ok := looseDate(tt.line, tt.lang)
		if got := d.String(); got != tt.want || ok != (tt.want != "") {
			t.Errorf("looseDate(%q) = %q, want %q", tt.line, got, tt.want)
		}
	}
}

func FuzzFindDates(f *testing.F) {
	for _, s := range []string{"2021-07-24T10:00Z", "24 de julio de 2021", "令和3年7月24日", "July 24 10:00:00 EST 2021", "24 tháng mười một 2021", "\xff\xfe12"} {
		f.Add(s, "en")
	}
	f.Fuzz(func(t *testing.T, s, lang string) {
		prev := 0
		for _, h := range findDates(s, lang) {
			if h.start < prev || h.end <= h.start || h.end > len(s) {
				t.Fatalf("hit %d..%d of %d after %d", h.start, h.end, len(s), prev)
			}
			prev = h.end
			if y := h.date.Time.Year(); y < earliestYear-1 || y > latestYear+1 {
				t.Fatalf("year %d", y)
			}
		}
		if len(s) < 4*maxDateLine {
			readDateLine(s, lang)
			looseDate(s, lang)
			parseDate(s, lang)
		}
		if w := foldWord(strings.ToValidUTF8(s, "")); !utf8.ValidString(w) {
			t.Fatalf("foldWord gave invalid text")
		}
	})
}
