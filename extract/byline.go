package extract

// bylineWords are the words that lead to a name, folded.
var bylineWords = labelIndex(`
by author authors writer written words text story reported
von vom autor autorin verfasst text redaktion door auteur av skribent af skrevet forfatter tekst
por autora escrito par auteur rédigé écrit di autore scritto de del da scris
przez autorka napisał napsal avtor
автор авторы текст написал от автора автори
tarafından yazar yazan kirjoittanut teksti kirjoittaja szerző írta
oleh penulis ditulis reporter pewarta editor
bởi tác giả viết του συντάκτης από γράφει ο η
بقلم كتب كتبت مאת מאת
`)
