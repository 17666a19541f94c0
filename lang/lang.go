// Package lang tells the language of an article by its text.
package lang
