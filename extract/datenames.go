package extract

// The names of months as dates use them: nominative, genitive where a date
// needs it, and the usual abbreviations. Names are looked up without accents
// and case, so that only one spelling of each stands here.
var monthNames = map[string][12]string{
	"en": {"january jan", "february feb febr", "march mar", "april apr", "may", "june jun", "july jul", "august aug", "september sept sep", "october oct", "november nov", "december dec"},
	"de": {"januar jänner jan", "februar feber feb", "märz mär mrz", "april apr", "mai", "juni jun", "juli jul", "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez"},
	"nl": {"januari jan", "februari feb", "maart mrt", "april apr", "mei", "juni jun", "juli jul", "augustus aug", "september sep", "oktober okt", "november nov", "december dec"},
	"sv": {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"},
	"da": {"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"},
	"no": {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember des"},
	"is": {"janúar", "febrúar", "mars", "apríl", "maí", "júní", "júlí", "ágúst", "september", "október", "nóvember", "desember"},
	"fr": {"janvier janv jan", "février févr fév", "mars", "avril avr", "mai", "juin", "juillet juil", "août", "septembre sept", "octobre oct", "novembre nov", "décembre déc"},
	"es": {"enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago", "septiembre setiembre sept", "octubre oct", "noviembre nov", "diciembre dic"},
	"pt": {"janeiro jan", "fevereiro fev", "março mar", "abril abr", "maio mai", "junho jun", "julho jul", "agosto ago", "setembro set", "outubro out", "novembro nov", "dezembro dez"},
	"gl": {"xaneiro", "febreiro", "marzo", "abril", "maio", "xuño", "xullo", "agosto", "setembro", "outubro", "novembro", "decembro"},
	"ca": {"gener gen", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre set", "octubre", "novembre", "desembre des"},
	"it": {"gennaio gen", "febbraio feb", "marzo mar", "aprile apr", "maggio mag", "giugno giu", "luglio lug", "agosto ago", "settembre set", "ottobre ott", "novembre nov", "dicembre dic"},
	"ro": {"ianuarie ian", "februarie", "martie", "aprilie", "mai", "iunie iun", "iulie iul", "august", "septembrie", "octombrie", "noiembrie noi", "decembrie"},
	"pl": {"stycznia styczeń sty", "lutego luty lut", "marca marzec", "kwietnia kwiecień kwi", "maja maj", "czerwca czerwiec cze", "lipca lipiec lip", "sierpnia sierpień sie", "września wrzesień wrz", "października październik paź", "listopada listopad lis", "grudnia grudzień gru"},
	"cs": {"ledna leden led", "února únor úno", "března březen bře", "dubna duben dub", "května květen kvě", "června červen čvn", "července červenec čvc", "srpna srpen srp", "září zář", "října říjen říj", "listopadu listopad", "prosince prosinec pro"},
	"sk": {"januára január", "februára február", "marca marec", "apríla apríl", "mája máj", "júna jún", "júla júl", "augusta august", "septembra september", "októbra október", "novembra november", "decembra december"},
	"sl": {"januarja januar", "februarja februar", "marca marec", "aprila april", "maja maj", "junija junij", "julija julij", "avgusta avgust avg", "septembra september", "oktobra oktober", "novembra november", "decembra december"},
	"hr": {"siječnja siječanj", "veljače veljača", "ožujka ožujak", "travnja travanj", "svibnja svibanj", "lipnja lipanj", "srpnja srpanj", "kolovoza kolovoz", "rujna rujan", "", "studenoga studenog studeni", "prosinca prosinac"},
	"bs": {"januara januar", "februara februar", "marta mart", "aprila april", "maja maj", "juna juni jun", "jula juli jul", "augusta avgusta august avgust", "septembra septembar", "oktobra oktobar", "novembra novembar", "decembra decembar"},
	"sr": {"јануара јануар јан", "фебруара фебруар феб", "марта март мар", "априла април апр", "маја мај", "јуна јун јуни", "јула јул јули", "августа август авг", "септембра септембар сеп", "октобра октобар окт", "новембра новембар нов", "децембра децембар дец"},
	"ru": {"января январь янв", "февраля февраль фев февр", "марта март мар", "апреля апрель апр", "мая май", "июня июнь июн", "июля июль июл", "августа август авг", "сентября сентябрь сен сент", "октября октябрь окт", "ноября ноябрь ноя нояб", "декабря декабрь дек"},
	"uk": {"січня січень січ", "лютого лютий лют", "березня березень бер", "квітня квітень кві квіт", "травня травень тра трав", "червня червень чер черв", "липня липень лип", "серпня серпень сер серп", "вересня вересень вер", "жовтня жовтень жов жовт", "листопада листопад лис", "грудня грудень гру груд"},
	"be": {"студзеня студзень", "лютага люты", "сакавіка сакавік", "красавіка красавік", "мая май", "чэрвеня чэрвень", "ліпеня ліпень", "жніўня жнівень", "верасня верасень", "кастрычніка кастрычнік", "лістапада лістапад", "снежня снежань"},
	"bg": {"януари яну", "февруари фев", "март", "април", "май", "юни", "юли", "август авг", "септември септ", "октомври окт", "ноември ноем", "декември дек"},
	"mk": {"јануари", "февруари", "март", "април", "мај", "јуни", "јули", "август", "септември", "октомври", "ноември", "декември"},
	"el": {"ιανουαρίου ιανουάριος ιαν γενάρη", "φεβρουαρίου φεβρουάριος φεβ φλεβάρη", "μαρτίου μάρτιος μαρ μάρτη", "απριλίου απρίλιος απρ απρίλη", "μαΐου μάιος μαϊ μάη", "ιουνίου ιούνιος ιουν ιούνη", "ιουλίου ιούλιος ιουλ ιούλη", "αυγούστου αύγουστος αυγ αύγουστο", "σεπτεμβρίου σεπτέμβριος σεπ σεπτ σεπτέμβρη", "οκτωβρίου οκτώβριος οκτ οκτώβρη", "νοεμβρίου νοέμβριος νοε νοέμ νοέμβρη", "δεκεμβρίου δεκέμβριος δεκ δεκέμβρη"},
	"hu": {"január", "február", "március márc", "április ápr", "május máj", "június jún", "július júl", "augusztus", "szeptember szept", "október", "november", "december"},
	"fi": {"tammikuuta tammikuun tammikuu tammi", "helmikuuta helmikuun helmikuu helmi", "maaliskuuta maaliskuun maaliskuu maalis", "huhtikuuta huhtikuun huhtikuu huhti", "toukokuuta toukokuun toukokuu touko", "kesäkuuta kesäkuun kesäkuu kesä", "heinäkuuta heinäkuun heinäkuu heinä", "elokuuta elokuun elokuu elo", "syyskuuta syyskuun syyskuu syys", "lokakuuta lokakuun lokakuu loka", "marraskuuta marraskuun marraskuu marras", "joulukuuta joulukuun joulukuu joulu"},
	"et": {"jaanuar jaan", "veebruar veebr", "märts", "aprill", "mai", "juuni", "juuli", "august", "september", "oktoober", "november", "detsember dets"},
	"lv": {"janvāris janvārī", "februāris februārī", "marts martā", "aprīlis aprīlī", "maijs maijā", "jūnijs jūnijā", "jūlijs jūlijā", "augusts augustā", "septembris septembrī", "oktobris oktobrī", "novembris novembrī", "decembris decembrī"},
	"lt": {"sausio sausis", "vasario vasaris", "kovo kovas", "balandžio balandis", "gegužės gegužė", "birželio birželis", "liepos liepa", "rugpjūčio rugpjūtis", "rugsėjo rugsėjis", "spalio spalis", "lapkričio lapkritis", "gruodžio gruodis"},
	"sq": {"janar", "shkurt", "mars", "prill", "maj", "qershor", "korrik", "gusht", "shtator", "tetor", "nëntor", "dhjetor"},
	"tr": {"ocak oca", "şubat şub", "mart", "nisan nis", "mayıs", "haziran haz", "temmuz tem", "ağustos ağu", "eylül eyl", "ekim eki", "kasım kas", "aralık ara"},
	"az": {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avqust", "sentyabr", "oktyabr", "noyabr", "dekabr"},
	"id": {"januari jan", "februari pebruari feb", "maret mar", "april apr", "mei", "juni jun", "juli jul", "agustus agu agt", "september sep", "oktober okt", "november nopember nov", "desember des"},
	"ms": {"januari", "februari", "mac", "april", "mei", "jun", "julai", "ogos", "september", "oktober", "november", "disember dis"},
	"sw": {"januari", "februari", "machi", "aprili", "mei", "juni", "julai", "agosti", "septemba", "oktoba", "novemba", "desemba"},
	"ar": {"يناير كانون_الثاني جانفي", "فبراير شباط فيفري", "مارس آذار", "أبريل ابريل إبريل نيسان أفريل", "مايو أيار ماي", "يونيو يونيه حزيران جوان", "يوليو يوليه تموز جويلية", "أغسطس اغسطس آب أوت غشت", "سبتمبر أيلول شتنبر", "أكتوبر اكتوبر", "نوفمبر نونبر", "ديسمبر دجنبر"},
	"fa": {"ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه ژوییه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر"},
	"he": {"בינואר ינואר", "בפברואר פברואר", "במרץ מרץ במרס", "באפריל אפריל", "במאי מאי", "ביוני יוני", "ביולי יולי", "באוגוסט אוגוסט", "בספטמבר ספטמבר", "באוקטובר אוקטובר", "בנובמבר נובמבר", "בדצמבר דצמבר"},
	"hi": {"जनवरी", "फरवरी फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर सितम्बर", "अक्टूबर अक्तूबर", "नवंबर नवम्बर", "दिसंबर दिसम्बर"},
	"bn": {"জানুয়ারি জানুয়ারী", "ফেব্রুয়ারি ফেব্রুয়ারী", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"},
	"th": {"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"},
}

// weekdayNames may stand in a date line besides the date.
const weekdayNames = `
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag
lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
lunes martes miércoles jueves viernes sábado domingo lun mié jue vie sáb dom
segunda terça quarta quinta sexta feira seg ter qua qui sex
lunedì martedì mercoledì giovedì venerdì sabato domenica gio
luni marți miercuri joi vineri sâmbătă duminică
poniedziałek wtorek środa czwartek piątek sobota niedziela
pondělí úterý středa čtvrtek pátek neděle po út st čt pá ne
pondelok utorok streda štvrtok piatok nedeľa
понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
понеділок середа четвер пʼятниця неділя нд
понеделник сряда четвъртък петък събота неделя
hétfő kedd szerda csütörtök péntek szombat vasárnap
maanantai maanantaina tiistai keskiviikko torstai perjantai lauantai sunnuntai
pazartesi salı çarşamba perşembe cuma cumartesi pazar
senin selasa rabu kamis jumat sabtu minggu ahad
δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
thứ hai ba tư năm sáu bảy chủ nhật
`

// The words by which pages label a date, as the beginnings of folded words;
// Chinese, Japanese and Korean labels are looked for anywhere in the line.
// Group order: English, Germanic, Romance, Slavic, Baltic and Uralic, Turkic,
// Greek, Semitic, South and South-East Asian.
const (
	publishedLabels = `
published publish posted post date dated created added issued released written uploaded online
veröffentlicht erschienen erstellt datum stand publiziert gepubliceerd geplaatst publicerad publicerat publiserat publisert publiceret offentliggjort udgivet lagt
publicado publicada publicación fecha publié publiée parution mis posté créé pubblicato pubblicata pubblicazione postado postada data publicação publicat publicată scris
опубликован опубликовано опубликована публикация публикации дата размещено добавлено создано вышло опубліковано публікація публікації розміщено публикуван публикувано објављено
opublikowano opublikowany publikacji publikacja dodano zamieszczono utworzono zveřejněno publikováno vydáno přidáno vytvořeno publikované zverejnené uverejnené pridané objavljeno objavljen
paskelbta publicēts julkaistu lisätty megjelent közzétéve publikálva avaldatud
yayınlanma yayınlandı yayımlanma yayın tarih tarihi giriş eklenme oluşturulma
δημοσιεύθηκε δημοσιεύτηκε δημοσίευση δημοσίευσης ημερομηνία ανάρτηση αναρτήθηκε
نشر نُشر نشرت تاريخ פורסם תאריך منتشر انتشار
diterbitkan dipublikasikan diposting dipos ditayangkan tayang terbit tanggal rilis diterbitkan
đăng xuất ngày प्रकाशित प्रकाशन পোস্ট প্রকাশিত প্রকাশ เผยแพร่ วันที่`

	modifiedLabels = `
updated update modified edited revised changed reviewed last
aktualisiert geändert zuletzt überarbeitet bijgewerkt gewijzigd uppdaterad uppdaterat ändrad oppdatert endret opdateret ændret
actualizado actualizada actualización modificado modificada última ultima último editado jour modifié modifiée modification màj maj actualisé aggiornato aggiornata aggiornamento modifica atualizado atualizada atualização actualizat actualizată modificat
обновлено обновлен обновление изменено изменен отредактировано оновлено оновлення змінено обновена актуализирано ажурирано
zaktualizowano aktualizacja aktualizacji zmieniono modyfikacji aktualizováno aktualizace upraveno změněno aktualizované upravené ažurirano posodobljeno
atnaujinta atjaunināts päivitetty muokattu frissítve frissült módosítva uuendatud
güncelleme güncellendi güncellenme
ενημερώθηκε ενημέρωση τροποποίηση
تحديث آخر עודכן עדכון بروزرسانی
diperbarui diperbaharui pembaruan disunting diubah kemaskini
cập nhật अपडेट अद्यतन হালনাগাদ อัปเดต แก้ไข`

	// dateParticles may stand between a label, a date and a time.
	dateParticles = `
on at the of as to am pm an um uhr vom von op om den de kl klo el la las los a del le les du à á às em no di il alle ore o
в от г года год р року dne v w dnia o godz godzina ve saat tarihinde στις στο την pada pukul jam wib lúc vào ngày في الساعة ב`

	publishedLabelsCJK = "公開 掲載 投稿 発行 発表 配信 作成 登録 発信 日付 日時 发布 發布 发表 發表 刊登 发稿 上传 时间 時間 日期 发帖 게시 등록 입력 작성 발행 날짜 승인 기사입력"
	modifiedLabelsCJK  = "更新 最終更新 改訂 修正 編集 修改 编辑于 編輯 수정 업데이트 최종"
)
