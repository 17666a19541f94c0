package crawler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// privateError says that an address was refused before anything was sent to it.
type privateError struct{ address string }

func (e *privateError) Error() string {
	return fmt.Sprintf("%s is a private or local address; allow it with --allow-private", e.address)
}

// notPublic are the address blocks that are not the public Internet, from the
// IANA special-purpose registries. Prefixes that carry an IPv4 address inside
// an IPv6 one are looked through by publicAddress where a public one may stand
// there, and refused whole where the mechanism is dead.
var notPublic = func() []netip.Prefix {
	var blocks []netip.Prefix
	for block := range strings.FieldsSeq(`
		0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
		192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
		198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
		::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32
		3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8`) {
		blocks = append(blocks, netip.MustParsePrefix(block))
	}
	return blocks
}()

// IPv6 prefixes in which an IPv4 address is embedded, and at which byte.
var embedded = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, // NAT64
	{netip.MustParsePrefix("2002::/16"), 2},     // 6to4
}

// publicAddress reports whether an address belongs to the public Internet.
func publicAddress(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, e := range embedded {
		if e.prefix.Contains(a) {
			b := a.As16()
			return publicAddress(netip.AddrFrom4([4]byte(b[e.at : e.at+4])))
		}
	}
	for _, block := range notPublic {
		if block.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// literalPrivate gives the error for a host that is a private address in so
// many digits; names are checked when they are dialled.
func literalPrivate(host string) error {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil || publicAddress(address) {
		return nil
	}
	return &privateError{address.String()}
}

// Limits on connections. The deadline of the whole fetch is tighter than these
// unless a caller gave it minutes.
const (
	dialTimeout    = 15 * time.Second
	tlsTimeout     = 15 * time.Second
	idleTimeout    = 60 * time.Second
	maxHeaderBytes = 64 << 10
	maxIdle        = 256
)

// newTransport makes the transport that talks to servers. Unless open, it
// refuses private addresses by looking at the address it is about to dial: the
// name has been resolved for the last time by then, whatever the URL said and
// whatever DNS answers next time. The two kinds must not share connections, or
// a guarded fetch could reuse what an open one dialled.
//
// Names are resolved by Go, not by the C library, which takes "0x7f.1" for an
// address. Proxies of the environment are not used: behind a proxy nobody sees
// which address is dialled.
func newTransport(open bool, resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: resolver}
	if !open {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			dialled, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("read dialled address: %w", err)
			}
			if !publicAddress(dialled.Addr()) {
				return &privateError{dialled.Addr().String()}
			}
			return nil
		}
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    tlsTimeout,
		DisableCompression:     true, // ours decodes, and counts decoded bytes
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

func isPrivate(err error) bool {
	var p *privateError
	return errors.As(err, &p)
}
