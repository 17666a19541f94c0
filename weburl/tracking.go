package weburl

import "strings"

// tracker is a group of parameters that say how a reader came to a page, or who
// the reader is, and never which page it is. Names are lower case. Names that
// also mean something else somewhere ("ref", "source", "cid", "id", "campaign")
// stand here only together with a condition on the value or the host.
type tracker struct {
	vendor   string // whose, and where they are described
	names    string // separated by spaces
	prefixes string // of names, separated by spaces
	value    func(string) bool
	site     string // host or a parent of it; empty: everywhere
}

var trackers = []tracker{
	// Analytics.
	{vendor: "Google Analytics, campaign URL parameters and cross-domain linker", names: "_ga _gl _gac gacid", prefixes: "utm_"},
	{vendor: "Matomo, campaign tracking parameters; Piwik, its former name", prefixes: "mtm_ pk_ matomo_ piwik_"},
	{vendor: "Piano Analytics (AT Internet), marketing campaign parameters", names: "xtor xtref", prefixes: "at_"},
	{vendor: "Adobe Analytics and Advertising, tracking codes", names: "s_cid s_kwcid ef_id icid adobe_mc sdid"},
	{vendor: "Webtrekk (Mapp) and Webtrends, campaign parameters", names: "wt_mc wt_zmc wt.mc_id wt.mc_ev wtrid"},
	{vendor: "comScore, link tagging", names: "ns_mchannel ns_source ns_campaign ns_linkname ns_fee"},
	{vendor: "Openstat", names: "_openstat"},
	{vendor: "Alibaba SPM", names: "spm scm"},
	{vendor: "Yahoo consent redirect", names: "guce_referrer guce_referrer_sig guccounter"},
	{vendor: "Campaign ids of newsrooms: CNN, Forbes, Condé Nast and others", names: "cmpid ncid mbid wickedid sr_share"},

	// Advertising click ids.
	{vendor: "Google Ads, auto-tagging and parallel tracking", names: "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid"},
	{vendor: "Meta, click ids and share tags", names: "fbclid igshid igsh fb_action_ids fb_action_types fb_ref fb_source action_object_map action_type_map action_ref_map __tn__"},
	{vendor: "Microsoft Advertising, auto-tagging", names: "msclkid"},
	{vendor: "Yandex Direct and Metrica", names: "yclid ysclid"},
	{vendor: "X (Twitter), ads and embeds", names: "twclid ref_src ref_url __twitter_impression"},
	{vendor: "TikTok, LinkedIn, Pinterest, Reddit and Snapchat, click ids", names: "ttclid li_fat_id epik rdt_cid sccid"},
	{vendor: "Taboola and Outbrain, click ids", names: "tblci dicbo"},
	{vendor: "Impact, Branch and Adjust, click ids", names: "irclickid irgwc _branch_match_id _branch_referrer adj_t"},

	// Mail.
	{vendor: "Mailchimp", names: "mc_cid mc_eid mc_tc"},
	{vendor: "HubSpot, email, ads and call-to-action links", names: "_hsenc _hsmi __hssc __hstc __hsfp hsctatracking", prefixes: "hsa_"},
	{vendor: "Marketo", names: "mkt_tok"},
	{vendor: "Oracle Eloqua", names: "elqtrackid elqtrack elqaid elqat elqcampaignid elq elqak"},
	{vendor: "Omeda (Olytics)", names: "oly_enc_id oly_anon_id"},
	{vendor: "Vero", names: "vero_id vero_conv"},
	{vendor: "Klaviyo", names: "_kx _ke"},
	{vendor: "Drip, Kit (ConvertKit), MailerLite, beehiiv", names: "__s ck_subscriber_id ml_subscriber ml_subscriber_hash _bhlid"},
	{vendor: "ActiveCampaign and Listrak", names: "vgo_ee trk_contact trk_msg trk_module trk_sid"},
	{vendor: "Blueshift and Sailthru", names: "sailthru_id", prefixes: "bsft_"},
	{vendor: "Substack, links in mails name their reader", names: "r isfreemail triedredirect", site: "substack.com"},
	{vendor: "Medium, where the link stood: feed, mail, list", names: "source", value: isMediumSource},

	// Sessions: a new URL for every visit.
	{vendor: "PHP, Java, ASP, ColdFusion, osCommerce, Zen Cart", names: "phpsessid jsessionid cfid cftoken oscsid zenid", prefixes: "aspsessionid"},
	{vendor: "phpBB, vBulletin and many others; a story's id is shorter", names: "sid s session sessionid session_id sess sessid", value: isToken},
}

// rule is a tracker's condition; both parts may be empty.
type rule struct {
	value func(string) bool
	site  string
}

// trackingNames and trackingPrefixes index trackers. A name stands in one
// group only.
var trackingNames, trackingPrefixes = func() (map[string]rule, []string) {
	names := make(map[string]rule)
	var prefixes []string
	for _, t := range trackers {
		for name := range strings.FieldsSeq(t.names) {
			names[name] = rule{t.value, t.site}
		}
		prefixes = append(prefixes, strings.Fields(t.prefixes)...)
	}
	return names, prefixes
}()

// isTracking reports whether a parameter, its name in lower case, is removed.
func isTracking(host, name, value string) bool {
	if r, ok := trackingNames[name]; ok {
		return (r.site == "" || under(host, r.site)) && (r.value == nil || r.value(value))
	}
	for _, prefix := range trackingPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func isMediumSource(value string) bool {
	return strings.HasPrefix(value, "rss-") || strings.HasPrefix(value, "email-") ||
		strings.HasPrefix(value, "friends_link") || strings.Contains(value, "---------")
}

// minToken is the length from which a value of letters and digits is taken for
// a random token: 64 bits in hexadecimal, the shortest session id in wide use.
const minToken = 16

func isToken(value string) bool {
	digits, letters := 0, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
		default:
			return false
		}
	}
	return digits+letters >= minToken && digits >= 2 && letters >= 2
}

// stripSession removes session ids from a path segment: parameters as Java
// servers write them (";jsessionid=…") and the segment "(S(…))" of ASP.NET,
// for which gone is true.
func stripSession(segment string) (kept string, gone bool) {
	if strings.Contains(segment, ";") {
		parts := strings.Split(segment, ";")
		rest := parts[:1]
		for _, part := range parts[1:] {
			name, value, _ := strings.Cut(part, "=")
			switch name = strings.ToLower(name); {
			case name == "jsessionid", name == "phpsessid", name == "sid" && isToken(value):
			default:
				rest = append(rest, part)
			}
		}
		segment = strings.Join(rest, ";")
	}
	if strings.HasPrefix(segment, "(S(") && strings.HasSuffix(segment, "))") && isToken(segment[3:len(segment)-2]) {
		return "", true
	}
	return segment, false
}
