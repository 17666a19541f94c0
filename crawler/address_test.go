package crawler

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"tamiz"
)

func TestPublicAddress(t *testing.T) {
	tests := []struct {
		name, addresses string
		want            bool
	}{
		{"public", "8.8.8.8 192.0.1.1 172.32.0.1 100.128.0.1 198.20.0.1 223.255.255.255", true},
		{"public IPv6", "2606:4700::1111 2a00:1450:4001::1 2400:cb00::1", true},
		{"public behind NAT64 and 6to4", "64:ff9b::808:808 2002:808:808::1", true},
		{"loopback", "127.0.0.1 127.255.255.254 ::1", false},
		{"unspecified", "0.0.0.0 0.1.2.3 ::", false},
		{"private", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd00:ec2::254", false},
		{"link local and site local", "169.254.169.254 fe80::1 fe80::1%eth0 fec0::1", false},
		{"shared and special", "100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 240.0.0.1 255.255.255.255", false},
		{"multicast", "224.0.0.1 239.1.1.1 ff02::1", false},
		{"mapped and compatible", "::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1 ::a9fe:a9fe", false},
		{"private behind NAT64 and 6to4", "64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::1", false},
		{"Teredo, documentation, discard", "2001::1 2001:db8::1 3fff::1 100::1", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for address := range strings.FieldsSeq(test.addresses) {
				if got := publicAddress(netip.MustParseAddr(address)); got != test.want {
					t.Errorf("publicAddress(%s) = %v", address, got)
				}
			}
		})
	}
	if publicAddress(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	var connections atomic.Int32
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := sink.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = sink.Close()
		accepting.Wait()
	})
	_, port, _ := net.SplitHostPort(sink.Addr().String())

	// Names go to a server that answers with loopback, whatever is asked.
	resolver := nameServer(t, [4]byte{127, 0, 0, 1})
	c := newCrawler(t, Options{AllowPrivateFor: func(string) bool { return false }})
	guarded := newTransport(false, resolver)
	c.guarded = guarded

	for _, host := range []string{
		"127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "１２７.0.0.1",
		"[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "rebound.example",
	} {
		t.Run(host, func(t *testing.T) {
			f := c.get(t, "http://"+host+":"+port+"/")
			if f.Outcome != tamiz.OutcomePrivate || f.Page != nil || !f.RetryAt.IsZero() {
				t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
			}
			if !strings.Contains(f.Reason, "--allow-private") {
				t.Errorf("reason %q does not say what to do", f.Reason)
			}
		})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestPrivateAddressesAreRefusedBehindRedirects(t *testing.T) {
	inside := newSite(t, map[string]http.HandlerFunc{"/": htmlPage("inside")})
	outside := newSite(t, map[string]http.HandlerFunc{
		"/to":    redirect(302, inside.URL),
		"/short": redirect(302, "http://0x7f.1:"+strings.TrimPrefix(inside.URL, "http://127.0.0.1:")),
		"/":      htmlPage("outside"),
	})
	c := newCrawler(t, Options{AllowPrivateFor: func(host string) bool { return host == hostOf(outside.URL) }})
	for _, path := range []string{"/to", "/short"} {
		f := c.get(t, outside.URL+path)
		if f.Outcome != tamiz.OutcomePrivate || len(f.Hops) != 1 {
			t.Errorf("%s: outcome %s (%s) after %v", path, f.Outcome, f.Reason, f.Hops)
		}
	}
	if got := inside.asked(); len(got) != 0 {
		t.Errorf("asked inside for %v", got)
	}
	if f := c.get(t, outside.URL+"/"); f.Outcome != tamiz.OutcomeFetched {
		t.Errorf("outcome %s of the host that is allowed", f.Outcome)
	}
}

// nameServer answers every question for an IPv4 address with the one given.
func nameServer(t *testing.T, address [4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var message dnsmessage.Message
			if message.Unpack(packet[:n]) != nil || len(message.Questions) != 1 {
				continue
			}
			message.Response, message.Authoritative, message.Additionals = true, true, nil
			if q := message.Questions[0]; q.Type == dnsmessage.TypeA {
				message.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
					Body:   &dnsmessage.AResource{A: address},
				}}
			}
			if answer, err := message.Pack(); err == nil {
				_, _ = conn.WriteTo(answer, from) // a lost packet is asked for again
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
