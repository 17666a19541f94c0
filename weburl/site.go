package weburl

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// platforms are hosts under which everybody has a site of their own, one label
// deeper, and that the public suffix list does not hold (it lists what its
// owners asked for). Newsletters and blogs; collected from their own pages.
var platforms = func() map[string]bool {
	set := make(map[string]bool)
	for host := range strings.FieldsSeq(`
		substack.com beehiiv.com ghost.io buttondown.com medium.com hashnode.dev
		wordpress.com home.blog food.blog news.blog typepad.com livejournal.com tumblr.com
		blogspot.com bearblog.dev micro.blog write.as mataroa.blog posthaven.com svbtle.com
		weebly.com wixsite.com squarespace.com webflow.io strikingly.com jimdofree.com
		over-blog.com canalblog.com blogg.se blogg.no bloggplatsen.se blogs.com
		hatenablog.com hatenablog.jp hateblo.jp hatenadiary.com livedoor.blog seesaa.net
		blog.fc2.com exblog.jp cocolog-nifty.com blog.jp tistory.com pixnet.net
		blogfa.com blogsky.com blog.ir blogcu.com ucoz.ru blog.hu
		github.io gitlab.io netlify.app vercel.app pages.dev readthedocs.io gitbook.io
		notion.site super.site carrd.co myshopify.com hubspotpagebuilder.com
		fandom.com wikidot.com neocities.org`) {
		set[host] = true
	}
	return set
}()

// Host gives the host[:port] of a canonical URL, empty for anything else.
func Host(u string) string {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// Site gives the site a host[:port] belongs to: the registrable domain
// ("blog.example.co.uk" is "example.co.uk"), one label more on platforms where
// each subdomain has another owner ("a.substack.com"). Addresses, "localhost"
// and names without a dot have no owner to be looked up: they stand for
// themselves, port included.
func Site(host string) string {
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return host
	}
	if !strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost") {
		return host
	}

	label := "" // the one before the platform's name
	for rest := name; rest != ""; {
		if platforms[rest] {
			if label == "" || label == "www" {
				return rest
			}
			return label + "." + rest
		}
		label, rest, _ = strings.Cut(rest, ".")
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return name // itself a public suffix
	}
	return site
}

// SameSite reports whether two canonical URLs belong to one site.
func SameSite(a, b string) bool {
	hostA, hostB := Host(a), Host(b)
	return hostA != "" && hostB != "" && (hostA == hostB || Site(hostA) == Site(hostB))
}

// under reports whether host[:port] is the given name or a subdomain of it.
func under(host, name string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return host == name || strings.HasSuffix(host, "."+name)
}
