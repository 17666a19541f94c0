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
	{"gl", Latin, "pt es", 1.2, "", "deixou comezou comezar comeza aínda algúns algunha algunhas ningún sempre nunca unha unhas dunha nunha máis coa co cos polo pola polos polas á ao aos ás é son foi tamén moi xa non nin pero porque despois antes onde cando quen cal cales todo todos outra outras outros outro este esta isto iso aquilo ten teñen pode poden facer facendo así aínda mesmo mentres sexa estar está están xente traballo empresa empresas novo nova ano anos dous dúas equipo ferramentas o os", ""},
	{"eu", Latin, "es", 1.5, "", "eta da dira dute du izan ez bat baino ere egin den duen duten hau hori zen dela ditu gure bere beste zer nola baita bai ari gehiago non joan ginen etorri etxera etxe etxea egun egunean gauean goizean arratsaldean egiten behar ahal dago daude batean oso izango urte guztiak guzti horrek honek lan arteko berri berria buruz hala artean baina oraindik gabe bezala beharrezko taldeak taldea enpresa enpresak", ""},
	{"af", Latin, "nl", 1, "", "'n nie saans oggend toe het is wat ons hulle sy hy jy julle vir met deur hierdie daardie ook nog maar baie kan sal moet word was wees gaan maak om te een geen geld tyd jare jaar mense dit waar wanneer omdat want byvoorbeeld tussen oor onder sonder nuwe goeie self dan nou self altyd reeds besigheid maatskappy bemarking spanne werk werksaamhede sê", ""},
	{"nn", Latin, "nb da", 0.5, "", "ikkje eg ein eit dei frå meir vere vert vart kva korleis kven kvar kvifor berre nokon noko nokre saman gjer gjere gjort seier sjølv mykje ho dykk dykkar me òg vore høve fleire skal kunne blei arbeidet gjekk veit heim selde morgonen kvelden verksemd verksemder ynskjer enno mellom tenester fyrste nyheiter brukarar", ""},
	{"is", Latin, "da nb sv", 2, "ðþ", "og að er á í sem ekki við það til var um með en af eru hann hún fyrir þetta þess þau því frá eftir hefur hafa verið vera þegar eins eða svo upp út yfir geta getur þú þarf mjög meira allt allir öll nýtt fyrirtæki fyrirtækja", ""},
	{"lv", Latin, "lt", 1.5, "āēīķļņģ", "un ir ar no par uz kas ka bet arī kā vai tas tā tiek lai nav pie pēc tikai vairāk var gan jo līdz bija būs šo šī šis savu viņš viņa mēs jūs ja to tie kur kad ļoti katrs visu visi gadā gadu uzņēmums uzņēmuma uzņēmumi darba laika jauns jauna pirms starp", ""},
	{"sq", Latin, "ro it fr", 1.5, "", "dhe të në për një që është janë me nga ka kanë si por më edhe kjo ky këto ata ajo ai do duhet mund nuk s'ka pas para shumë gjithë çdo ku kur kush sepse ose se u i e mbi midis vetëm tani këtë kësaj tyre tij saj jonë tonë vit viti kompani kompania punë ekipi ekipet re ri", ""},
	{"bs", Latin, "hr", 0.15, "", "šta svako sedmični sedmična sedmične sedmično mjesečno uposlenik uposlenika uposlenici uposleni uposlenih uposlenje firma firme firmi historija historije historiji hiljada hiljade sedmica sedmice sedmicu uslov uslovi uslove evropa evrope evropski evropske saradnja saradnje saradnju sistem sistema sistemi sistemu kompanija kompanije kompaniji preduzeće preduzeća finansije finansijski finansijske finansijska lahko mehko kahva polahko hemija januar januara februar februara marta aprila maja juna jula august augusta septembar septembra oktobar oktobra novembar novembra decembar decembra univerzitet kancelarija organizovati realizovati definisati funkcionisati porodica porodice također općina općine bosna bosne hercegovine bosanski zvanično informisati uslijed naučnik naučnici tačka tačke tačno", "tjedan tjedna tjedni tjedana tisuća tisuće tisuću sustav sustava sustavi sustavu tvrtka tvrtke tvrtki uvjet uvjeti europa europi europski povijest povijesti suradnja suradnju tko sveučilište siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca vlak vlakom izvješće tržnica tržnicu navečer glazba zrakoplov kazalište tvornica"},
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

// closePair is two learned languages that spell nearly alike, and what tells
// them apart: a word or ending of one costs the other rivalCost more.
type closePair struct {
	languages [2]string
	// share is what remains of the difference that the letters make. What the
	// two were learned from differs in subject and translator more than the
	// languages differ in letters: at 1, texts about anything else are taken
	// for either at random, and with certainty.
	share    float64
	words    [2]string
	endings  [2]string
	suffixes string // may follow a word of the list
}

// closePairs were written for this program: frequent words of one standard
// language that the other does not use, or spells differently. Words that both
// have in some sense are left out, however frequent in one.
var closePairs = []closePair{
	{
		languages: [2]string{"id", "ms"},
		share:     closeShare,
		words: [2]string{
			"agustus aktivitas akun akuntan akurasi akurat antre antrean antri apalagi apartemen apotek asuransi aturan bagan " +
				"bagian bahwa bandara banget baterai bebek beda bensin berangkat berbagai berbasis berbeda berbisnis berinvestasi " +
				"beristirahat berkas berperan besok biaya bikin bilang biner bisa bisnis bupati buram butuh cek cicilan coba " +
				"daring deh desain desainer desember deteksi dibanding dibandingkan dibicarakan dibutuhkan dicoba didukung " +
				"dihapus dihitung dijadwalkan dikelola dikirim dikirimkan dikontrol diperbaiki diperbarui direktur disepakati " +
				"ditelepon diterapkan diunduh diunggah dokter dong dosen dukungan eceran efisien efisiensi ekspor email ember " +
				"energi enggak entitas fakultas februari fisik fitur formulir frekuensi gak gampang gawai gimana gratis grosir " +
				"grup gubernur halte handuk hemat ide ilmuwan impor informasi inggris insinyur investasi investor istirahat istri " +
				"jadwal jaket jaksa jawaban jendela jepang jeruk juli jumat juni justru kabupaten kalimat kamar kamis kampanye " +
				"kantor kaos kapan karcis karena karier karir karyawan kasur kasus kayak keamanan keanggotaan keberangkatan " +
				"kebutuhan kecamatan kecelakaan kecepatan kelola keluhan kelurahan kemarin kementerian kepemimpinan kenapa keren kerentanan " +
				"kerusakan kesehatan kesepakatan ketimbang keuangan kewajiban khususnya kinerja kirim kirimkan klien kode kok " +
				"kokoh komentar kompetensi kompetitor kompor komunitas kondisi koneksi konferensi konsekuensi konten kontrol " +
				"konversi koran kualitas kuantitas kuartal kue kuis kulkas kursi lainnya lansia layanan lemari lembur libur " +
				"liburan lisensi listrik logika lowongan luring macet mahasiswa mahasiswi manajemen manajer mandiri maret mau " +
				"memanen membaik memberitahukan memburuk membutuhkan memperbarui memulai menautkan mencakup mencoba mendesain " +
				"mendeteksi mendukung menelepon menerapkan mengantre mengecek mengekspor mengelola menghapus menghemat menghitung " +
				"mengimpor mengirim mengirimkan mengontrol mengotomatiskan mengunduh mengunggah mengurangi menit menjadwalkan " +
				"menyepakati merawat merek merespons merusak meski metode mewawancarai miliar mobil museum musik musisi " +
				"narasumber nggak ngobrol ngomong nih nomor nyaris obrolan oktober olahraga ongkos opsi otomatis otomatisasi " +
				"pabrik pacar paham pajak panen pariwisata pasokan pelamar pelatihan pelayanan pemasok pembaruan pembicara " +
				"pembicaraan peneliti penelitian pengadilan pengaturan pengelola pengelolaan pengembang penghematan penghitungan " +
				"pengiriman pengunduhan penjualan pensiun peramban peran perangkat perawat perawatan perbaikan perbarui perbedaan " +
				"percobaan perekrut performa perhitungan perilaku periset perkantoran persen persentase perusahaan perusahaannya " +
				"pintar ponsel populer prediksi pribadi provinsi proyek puskesmas putra rabu referensi rekrutmen remaja rentan " +
				"resep resmi rincian rinciannya riset riwayat rok rupiah rusak sabtu sandi sebagian sekadarnya sekalipun selasa " +
				"semangka seniman senin sepatu seperempat sepertiga seringkali sertifikat setidaknya signifikan sih silahkan " +
				"silakan sinyal situs situsnya solusi sore standar stasiun statis surel swasta tanggal tantangan tautan tegangan " +
				"teknis telepon televisi temuan terapkan terkait terkirim tetangga tim tipe toko tombol transaksi triliun uang " +
				"udah unduh unduhan unggah unggahan universitas walikota wawancara wirausaha wisata wisatawan wortel yaitu yuk",
			"adakah aduan ahad akaun akauntan akhbar aktiviti almari amaran automasi automatik awak bahagian baharu bahawa " +
				"baja bajet baldi bandaraya basikal bateri beg bekalan belanjawan berasaskan beratus berbanding berbeza berbual " +
				"bercakap berehat beribu berjadual berjaya berjimat berkesan berkongsi berlainan bermesej bermesyuarat berniaga " +
				"berperingkat berpuluh bersara bersarapan bertolak bilik bilion binari borang butang cabaran cakap carta cekap " +
				"cuba cukai dalaman dapatan daripadanya dibaiki dibolehkan dicadangkan dicuba dihantar dijangka dikesan dikira " +
				"dikongsi dilawati dimaklumkan dipadam dipadamkan disemak disember disenaraikan diskaun disokong ditelefon " +
				"diuruskan doktor eksport elektrik emak emel esok faham fail fakulti farmasi fizikal gelung graf hakikatnya " +
				"hantar iaitu ialah idea imej inggeris insurans isnin isteri itik jadual jangkaan jawapan jawatan jawatankuasa " +
				"jenama jepun jimat jiran julai julat jumaat jurucakap jurujual jururawat juruteknik jurutera kad kaedah " +
				"kakitangan kanak kasut kawalan kebanyakannya keberkesanan kecekapan kedai kedengaran kek kekunci kelab kelajuan " +
				"kemalangan kempen kerana kerjaya kerosakan kerusi kes kesihatan keupayaan kewajipan kewangan kepimpinan khamis khidmat " +
				"kilang klinik kod kongsi kos kualiti kuantiti kuiz lalai laluan lawatan lebuh lebuhraya lesen litar loceng logik " +
				"lori luaran mahkamah mahu mahukan makluman maklumat makmal manakala mangsa markah maya mel melabur melancong " +
				"melawat memadam memadamkan memaklumkan membaiki membolehkan memenatkan memulakan mencadangkan mencuba menelefon " +
				"mengandungi mengekalkan mengeksport mengelakkan mengesahkan mengesan menghantar menghantarnya mengimport mengira " +
				"mengurangkan menguruskan menjangkakan menjimatkan menyangka menyasarkan menyemak menyenaraikan menyokong " +
				"merosakkan merungut mesej mesyuarat minit motosikal mulakan muzik muzium nombor ogos oren padam padamkan pakej " +
				"pangsapuri pantas parlimen pasukan pautan peguam pejabat pelabur pelaburan pelancong pelancongan pelawat pelayar " +
				"pelbagai pelesenan pembaikan penderia penganjur pengarah pengaturcaraan pengeluar pengesan penghantaran " +
				"pengiraan pengkomputeran pengurus pengurusan peniaga penjimatan pensyarah penyelidik penyelidikan peperiksaan " +
				"peranti peratus peratusan perbelanjaan perbezaan perbezaannya perbualan percubaan percuma pereka peribadi " +
				"perisian perkakasan perkara perkhidmatan perkongsian perniagaan persaraan persekitaran persidangan pesakit " +
				"petrol piawai piawaian pingat popular projek purata putera rawak reka rentetan resipi ringgit rosak sahaja " +
				"saintis saiz sebahagian sebarang segelintir sekurang selepas seluar semak semakan semasa sembang senarai " +
				"senaraikan sentiasa seronok sesawang sesetengah sesiapa setakat seterusnya sijil siswazah skrin soalan sokongan " +
				"stesen storan subjek suis sukan syarikat talian teksi telefon televisyen tembikai tempatan tempoh terbaharu " +
				"terhad terutamanya tetapan tetikus tingkap trilion tuaian tuala tugasan ubat universiti usahawan voltan wang " +
				"wayar",
		},
		endings:  [2]string{"itas asir", "iviti aliti oriti ariti uniti ositi asiti biliti ntiti"},
		suffixes: "nya lah kah",
	},
}

// What tells close languages apart is worth so much; chosen on texts written for
// the tests.
const (
	rivalCost  = 48 // in costUnits
	closeShare = 0.18
)

// rarer gives the nats by which a learned language is behind from the start,
// because its texts are far fewer than those of a language with which it
// shares whole sentences: those that are both Indonesian and Malay are more often
// Indonesian, those that are both Croatian and Serbian, in Latin letters, are
// more often Croatian.
var rarer = map[string]float64{"ms": 0.8, "sr-Latn": 2}

// rivals is a close pair ready for use.
type rivals struct {
	columns  [2]int
	share    float64
	words    map[string]int // the index in columns of a word's language
	endings  [2][]string
	suffixes []string
}

func newRivals(p closePair, columns [2]int) rivals {
	r := rivals{columns: columns, share: p.share, words: make(map[string]int), suffixes: strings.Fields(p.suffixes)}
	for i := range p.words {
		for word := range strings.FieldsSeq(p.words[i]) {
			r.words[word] = i
		}
		r.endings[i] = strings.Fields(p.endings[i])
	}
	return r
}

// separate keeps a share of what the letters say and adds what the word says.
func (r *rivals) separate(word string, costs []int32) {
	first, second := &costs[r.columns[0]], &costs[r.columns[1]]
	if low := min(*first, *second); r.share < 1 {
		*first = low + int32(r.share*float64(*first-low))
		*second = low + int32(r.share*float64(*second-low))
	}
	switch r.owner(word) {
	case 0:
		*second += rivalCost
	case 1:
		*first += rivalCost
	}
}

// owner gives the index of the language to which the word belongs, -1: both.
func (r *rivals) owner(word string) int {
	for cut := ""; ; {
		base := strings.TrimSuffix(word, cut)
		if i, found := r.words[base]; found {
			return i
		}
		for i := range r.endings {
			for _, ending := range r.endings[i] {
				if len(base) > len(ending) && strings.HasSuffix(base, ending) {
					return i
				}
			}
		}
		if cut != "" {
			return -1
		}
		for _, suffix := range r.suffixes {
			if strings.HasSuffix(word, suffix) {
				cut = suffix
			}
		}
		if cut == "" {
			return -1
		}
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
	for _, p := range closePairs {
		columns := [2]int{a.languageIndex(p.languages[0]), a.languageIndex(p.languages[1])}
		if columns[0] >= 0 && columns[1] >= 0 {
			a.rivals = append(a.rivals, newRivals(p, columns))
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
