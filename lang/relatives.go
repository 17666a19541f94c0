package lang

import "strings"

// loanLanguage is the one from which the texts of all others quote.
const loanLanguage = "en"

// kin describes a language for which the model has learned no letters. It is
// told from the learned languages nearest to it, which would otherwise claim
// its texts: a word costs what it costs its relatives and a little more, but a
// common word of the language, or one with a letter of its own, costs less.
type kin struct {
	language  string
	script    Script
	relatives string  // learned languages whose spelling is nearest
	distance  float64 // nats that every other word costs more than in them
	letters   string  // that no learned language of the script has
	words     string  // frequent, and not so in the relatives
	against   string  // frequent in the relatives, and not used
}

// What evidence for a kin language is worth. A word of its list costs what one
// word in e^4.2 = 67 costs, a word with a letter of its own 6 nats less than in
// any learned language. A text takes some nats of evidence altogether before
// one of these languages, rare in the world's feeds, is believed.
const (
	listedCost   = 67 // in costUnits
	letterReward = 96 // in costUnits
	rarity       = 4.0
)

// kinLanguages were written for this program: closed-class words, the commonest
// verbs and, for languages that differ in vocabulary rather than grammar, the
// words that tell them apart.
var kinLanguages = []kin{
	{"ca", Latin, "es fr pt it", 1.5, "", "amb això però també és dels aquest aquesta aquests aquestes perquè més els seu seva seus seves ens ser són molt molts altres cada nosaltres fins ha han hi tot tots totes quan només fer fent pot poden altre nou nova any anys dia sobre entre segons així encara mateix mateixa sense després abans ara aquí què qui on l d un una va van sigui tenir té tenen cal dos tres manera xarxa empresa empreses equip equips", ""},
	{"gl", Latin, "pt es", 1.2, "", "unha unhas dunha nunha máis coa co cos polo pola polos polas á ao aos ás é son foi tamén moi xa non nin pero porque despois antes onde cando quen cal cales todo todos outra outras outros outro este esta isto iso aquilo ten teñen pode poden facer facendo así aínda mesmo mentres sexa estar está están xente traballo empresa empresas novo nova ano anos dous dúas equipo ferramentas o os", ""},
	{"eu", Latin, "es", 1.5, "", "eta da dira dute du izan ez bat baino ere egin den duen duten hau hori zen dela ditu gure bere beste zer nola baita bai ari gehiago non joan ginen etorri etxera etxe etxea egun egunean gauean goizean arratsaldean egiten behar ahal dago daude batean oso izango urte guztiak guzti horrek honek lan arteko berri berria buruz hala artean baina oraindik gabe bezala beharrezko taldeak taldea enpresa enpresak", ""},
	{"af", Latin, "nl", 1, "", "'n nie saans oggend toe het is wat ons hulle sy hy jy julle vir met deur hierdie daardie ook nog maar baie kan sal moet word was wees gaan maak om te een geen geld tyd jare jaar mense dit waar wanneer omdat want byvoorbeeld tussen oor onder sonder nuwe goeie self dan nou self altyd reeds besigheid maatskappy bemarking spanne werk werksaamhede sê", ""},
	{"nn", Latin, "nb da", 0.5, "", "ikkje eg ein eit dei frå meir vere vert vart kva korleis kven kvar kvifor berre nokon noko nokre saman gjer gjere gjort seier sjølv mykje ho dykk dykkar me òg vore høve fleire skal kunne blei arbeidet gjekk veit heim selde morgonen kvelden verksemd verksemder ynskjer enno mellom tenester fyrste nyheiter brukarar", ""},
	{"is", Latin, "da nb sv", 2, "ðþ", "og að er á í sem ekki við það til var um með en af eru hann hún fyrir þetta þess þau því frá eftir hefur hafa verið vera þegar eins eða svo upp út yfir geta getur þú þarf mjög meira allt allir öll nýtt fyrirtæki fyrirtækja", ""},
	{"lv", Latin, "lt", 1.5, "āēīķļņģ", "un ir ar no par uz kas ka bet arī kā vai tas tā tiek lai nav pie pēc tikai vairāk var gan jo līdz bija būs šo šī šis savu viņš viņa mēs jūs ja to tie kur kad ļoti katrs visu visi gadā gadu uzņēmums uzņēmuma uzņēmumi darba laika jauns jauna pirms starp", ""},
	{"sq", Latin, "ro it fr", 1.5, "", "dhe të në për një që është janë me nga ka kanë si por më edhe kjo ky këto ata ajo ai do duhet mund nuk s'ka pas para shumë gjithë çdo ku kur kush sepse ose se u i e mbi midis vetëm tani këtë kësaj tyre tij saj jonë tonë vit viti kompani kompania punë ekipi ekipet re ri", ""},
	{"sr-Latn", Latin, "hr", 0.5, "", "šta ko gde ovde negde uvek vreme vremena mesto mesta deo dela reč reči primer primeri pre posle uspeh svet sveta svetu lepo dete deca cela celo ceo vredi vrednost promene promena rešenje rešenja sledeći sledeće zahtev zahtevi takođe takodje sistem sistema sistemi preduzeće preduzeća kompanija kompanije kompaniji hiljada hiljade nedelja nedelje nedelju juče saradnja saradnju uslov uslovi evropa evropski korisnik korisniku moguće razumeti želeti želite videti videli imati uticaj istorija organizacija bezbednost izveštaj izveštaji obaveštenja podrška mera mere delovi dve dvema celu celi ovih mreža mreže vesti podeli podeliti obezbediti sprovesti definisati koristeći treba sopstveni sopstvene nego", "gdje ovdje negdje uvijek vrijeme vremenu mjesto mjesta mjestu mjesec mjeseca mjesecu dvije dio dijela dijelu cijeli cijela cijelo cijena riječ riječi svijet svijeta svijetu prije poslije lijepo djeca djece vijest vijesti vrijedi vrijednost primjer primjera primjerice rješenje rješenja sljedeći sljedeće zahtjev zahtjeva izvještaj promjena promjene uspjeh razumjeti vidjeti željeti što tko tvrtka tvrtke tvrtki tjedan tjedna tisuća tisuće sustav sustava uvjet uvjeti europa europi europski povijest povijesti vlak vlakom navečer ured uredu tijekom suradnja suradnju"},
	{"bs", Latin, "hr", 0.15, "", "historija historije historiji hiljada hiljade sedmica sedmice sedmicu uslov uslovi uslove evropa evrope evropski evropske saradnja saradnje saradnju sistem sistema sistemi sistemu kompanija kompanije kompaniji preduzeće preduzeća finansije finansijski finansijske finansijska lahko mehko kahva polahko hemija januar januara februar februara marta aprila maja juna jula august augusta septembar septembra oktobar oktobra novembar novembra decembar decembra univerzitet kancelarija organizovati realizovati definisati funkcionisati porodica porodice također općina općine bosna bosne hercegovine bosanski zvanično informisati uslijed naučnik naučnici tačka tačke tačno", "tjedan tjedna tjedni tjedana tisuća tisuće tisuću sustav sustava sustavi sustavu tvrtka tvrtke tvrtki uvjet uvjeti europa europi europski povijest povijesti suradnja suradnju tko sveučilište siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca vlak vlakom izvješće tržnica tržnicu navečer glazba zrakoplov kazalište tvornica"},
	{"az", Latin, "tr", 1.5, "ə", "və bu ilə üçün bir ki olan də da edir edən olaraq onun daha çox kimi sonra isə hər var yoxdur ola olur belə necə nə biz siz onlar öz ən əgər lakin amma həm şirkət şirkətin", ""},
	{"uz", Latin, "tr id", 1.5, "", "va bilan uchun bu bir ham emas edi bo'lgan bo'lib bo'ladi qilish qilib kerak mumkin o'z har juda yoki lekin agar keyin ular biz siz men haqida orqali kabi yangi katta ish yil qiladi ko'p eng hamda shu deb ning ni ga da dan", ""},
	{"cy", Latin, "en fr", 2, "ŵŷ", "mae yn y yr i o a ar ac wedi gan gyda hyn hwn hon bod fod fel oedd sydd nid ddim neu ond pan eu ei ein eich mwy iawn rhaid gael cael gwaith newydd cymru i'r o'r a'r bydd byddwn gallwch blwyddyn cwmni", ""},
	{"ga", Latin, "en fr", 2, "", "agus an na ar ag is tá bhí go le do atá sé sí siad seo sin ach mar ó leis den don gach nuair níl níor raibh chun faoi idir againn agat acu mhaith nua obair ann féin bhfuil éireann duine daoine", ""},
	{"mt", Latin, "it en", 2, "ħġċż", "u li ta il l fil tal għal minn ma dan din dawn hija huwa kien kienet għandu għandha bil mal kif meta jew iżda biex wkoll aktar bejn sabiex kull", ""},
	{"eo", Latin, "it es", 2, "ĉĝĥĵŝŭ", "kaj la estas de al en ne por ke kiu kiuj kio kun sed aŭ ĉi tiu tio ili ni vi mi li ŝi pri kiel kiam ĉar nur pli plej povas devas havas homoj laboro nova", ""},
	{"mk", Cyrillic, "bg sr", 1.2, "ѓќѕѐѝ", "што со ќе во сме сте тие тоа таа тој ние вие оваа овој овие која кој кои кога како или но исто исто така може можат треба има имаат нема бидејќи откако додека меѓу според повеќе многу секој сите уште сега денес време година години компанија компанијата компании нејзината неговата нивните беше биде бидат еден една едно најдобро", ""},
	{"kk", Cyrillic, "ru be bg", 1.5, "әғқңөұүһ", "және мен үшін бұл бір де да деп емес болып болды болады керек туралы арқылы сондай ақ бар жоқ өз қазақстан жыл жылы жаңа барлық немесе бірақ егер", ""},
	{"ky", Cyrillic, "ru be bg", 1.5, "өңү", "жана менен үчүн бул бир да деп эмес болуп болгон керек жөнүндө аркылуу бар жок өз кыргыз жыл жылы жаңы бардык же бирок эгер ал алар биз сиз кийин дагы", ""},
	{"mn", Cyrillic, "ru be bg", 1.5, "өү", "нь бол байна юм гэж ба энэ тэр мөн бүх болон өөрийн хамгийн шинэ монгол улсын байгаа хийх болох байсан хүн хүмүүс ажил жил онд гэсэн дээр дотор тухай ч", ""},
	{"tg", Cyrillic, "ru be bg", 1.5, "ҳҷӣӯғқ", "ва дар ба аз ки бо барои ин он як шуд аст буд мекунад тоҷикистон ҳам низ ё", ""},
	{"tt", Cyrillic, "ru be bg", 1.5, "әҗңөүһ", "һәм белән өчен бу бер дә да түгел булып булган кирәк турында аша бар юк үз татарстан ел яңа барлык яки ләкин ул алар без", ""},
	{"ps", Arabic, "fa ur", 1.5, "ښځڅډړږګڼۍې", "او په د چې له کې دا دی ده سره هم یو باندې لپاره نه کړي شي", ""},
	{"ckb", Arabic, "fa", 1.5, "ڕڵۆێە", "و لە بە کە بۆ ئەم ئەو لەگەڵ یان هەر دەکات", ""},
	{"ug", Arabic, "fa", 1.5, "ۇۆۈېەڭۋ", "ۋە بىلەن بۇ بىر ئۈچۈن دەپ ئۇ", ""},
	{"sd", Arabic, "ur ar", 1.5, "ڄڃٻڀٿٽڊڍڏڙڳڱڻڪ", "۾ جي جو کي ۽ سان آهي آهن لاءِ هن هڪ اسان جتي هيون هو هئا رهيون رهيو ته پوءِ سندس وارو واري ٿيو", ""},
}

// rivals are learned languages so close that their letters hardly differ, with
// words that are common in the first and not used, or spelt differently, in the
// second. Such a word costs the second rivalCost more.
var rivals = []struct{ language, rival, words string }{
	{"id", "ms", "karena bisa bahwa uang kantor mobil perusahaan kualitas aktivitas informasi membutuhkan mencoba coba tipe senin maret agustus desember gratis silakan kapan universitas layanan situs unduh menit pekan toko ponsel berbeda merek tautan bisnis tim konten kampanye penelitian riset kemarin sore proyek direktur meskipun memastikan seringkali terkait kebutuhan kesempatan kinerja keamanan pengaturan peran biaya"},
	{"ms", "id", "kerana bahawa pejabat syarikat kualiti aktiviti mencuba cuba isnin mac ogos disember percuma universiti perkhidmatan minit hujung kedai berbeza jenama pautan perniagaan pasukan kandungan penyelidikan projek pengarah kerap keperluan keselamatan tetapan peranan kos ialah awak sahaja"},
}

const rivalCost = 48 // in costUnits

// rarer gives the nats by which a learned language is behind from the start,
// because its texts are far fewer than those of a language with which it
// shares whole sentences: of sentences that are both, Indonesian or Malay, nine
// in ten are taken for Indonesian.
var rarer = map[string]float64{"ms": 2.3}

// separate charges the rivals of a language for a word that is not theirs.
func (a *alphabet) separate(word string, costs []int32) {
	if column, found := a.rivals[word]; found {
		costs[column] += rivalCost
	}
}

// relative is a kin language ready for use.
type relative struct {
	language string
	columns  []int // of the learned relatives
	distance int32 // in costUnits
	letters  map[rune]bool
	words    map[string]bool
	against  map[string]bool
}

// relate prepares the languages that the alphabet tells apart without having
// learned them. A language that was learned after all is left out.
func (a *alphabet) relate() {
	a.loan = a.languageIndex(loanLanguage)
	a.rivals = make(map[string]int)
	for _, r := range rivals {
		if column := a.languageIndex(r.rival); column >= 0 && a.languageIndex(r.language) >= 0 {
			for word := range strings.FieldsSeq(r.words) {
				a.rivals[word] = column
			}
		}
	}
	for _, k := range kinLanguages {
		if k.script != a.script || a.languageIndex(k.language) >= 0 {
			continue
		}
		r := relative{
			language: k.language,
			distance: int32(k.distance * costUnits),
			letters:  make(map[rune]bool),
			words:    make(map[string]bool),
			against:  make(map[string]bool),
		}
		for tag := range strings.FieldsSeq(k.relatives) {
			if column := a.languageIndex(tag); column >= 0 {
				r.columns = append(r.columns, column)
			}
		}
		for _, letter := range k.letters {
			r.letters[letter] = true
		}
		// Read as texts are, which splits words at apostrophes.
		eachWord(k.words, func(_ Script, letters []rune, _ bool) { r.words[string(letters)] = true })
		eachWord(k.against, func(_ Script, letters []rune, _ bool) { r.against[string(letters)] = true })
		if len(r.columns) > 0 {
			a.relatives = append(a.relatives, r)
		}
	}
}

// cost gives what a word costs in the language, from what it costs in the
// learned ones, of which low is the lowest.
func (r *relative) cost(word string, learned []int32, low int32) int32 {
	nearest := learned[r.columns[0]]
	for _, column := range r.columns[1:] {
		nearest = min(nearest, learned[column])
	}
	switch {
	case r.words[word]:
		return min(nearest, listedCost)
	case r.against[word]:
		return nearest + rivalCost
	}
	for _, letter := range word {
		if r.letters[letter] {
			return max(0, low-letterReward)
		}
	}
	return nearest + r.distance
}
