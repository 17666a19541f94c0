// Package tamiz holds the nouns of the program and their invariants: where
// articles come from ([Source], [Link], [Lease]), what was received ([Page],
// [Fetch], [Outcome]), what it became ([Article], [Work], [Edition], [Match])
// and what happened meanwhile ([Run], [Counts]).
//
// The stages exchange these values and nothing else, so that any stage can be
// run again from what is stored:
//
//	source ──Link──▶ crawler ──Page──▶ extract ──Article──▶ dedup ──Work──▶ store
//
// The package needs only the standard library and is imported by every other
// package; it imports none of them.
package tamiz

// Product is the product token by which robots.txt files address the crawler.
const Product = "tamiz"
