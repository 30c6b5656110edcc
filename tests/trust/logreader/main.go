// logreader reads an exported log with golang.org/x/mod/sumdb/{note,tlog}, and believes nothing that it has
// not recomputed. It knows of Detente only what the C2SP texts say.
//
//	logreader verify DIR SHA256      exit 0 and the size, or exit 1 and why not
//	logreader flip DIR SHA256        flip a bit of every byte of every file; exit 0 only if all are refused
//
// SHA256 is that of DIR/policy: trust comes from outside the log. The tree is recomputed from the entries, and
// every tile is compared with it; tlog.TileHashReader is not used, since x/mod 0.7 accepts forged tiles there.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files map[string][]byte

func main() {
	if len(os.Args) != 4 {
		fail(errors.New("usage: logreader verify|flip DIR SHA256"))
	}
	held, err := load(os.Args[2])
	if err != nil {
		fail(err)
	}
	size, err := verify(held, os.Args[3])
	if err != nil {
		fail(err)
	}
	if os.Args[1] == "flip" {
		if err := flipAll(held, os.Args[3]); err != nil {
			fail(err)
		}
		return
	}
	fmt.Println(size)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "refused:", err)
	os.Exit(1)
}

func load(dir string) (files, error) {
	held := files{}
	return held, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		held[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
}

func flipAll(held files, pin string) error {
	names := make([]string, 0, len(held))
	for name := range held {
		names = append(names, name)
	}
	sort.Strings(names)
	refused := 0
	for _, name := range names {
		data := held[name]
		for at := range data {
			bit := byte(1) << (at % 8)
			data[at] ^= bit
			if _, err := verify(held, pin); err == nil {
				return fmt.Errorf("accepted %s with byte %d flipped", name, at)
			}
			data[at] ^= bit
			refused++
		}
	}
	fmt.Println(refused)
	return nil
}

// verify returns the size of the log if every byte of every file is as it should be.
func verify(held files, pin string) (int64, error) {
	digest := sha256.Sum256(held["policy"])
	if hex.EncodeToString(digest[:]) != pin {
		return 0, errors.New("policy is not the one that is trusted")
	}
	trust, err := parsePolicy(string(held["policy"]))
	if err != nil {
		return 0, err
	}
	if string(held["vkeys"]) != strings.Join(trust.vkeys, "\n")+"\n" {
		return 0, errors.New("vkeys are not those of the policy")
	}
	size, root, err := headOf(held["checkpoint"])
	if err != nil {
		return 0, err
	}
	if err := checkTree(held, size, root); err != nil {
		return 0, err
	}
	return size, trust.check(held["checkpoint"])
}

// headOf reads the three lines of a checkpoint, in their one spelling.
func headOf(data []byte) (int64, tlog.Hash, error) {
	lines := strings.SplitN(string(data), "\n", 4)
	if len(lines) != 4 || !strings.HasPrefix(lines[3], "\n") {
		return 0, tlog.Hash{}, errors.New("checkpoint has no three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return 0, tlog.Hash{}, errors.New("checkpoint has no size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return 0, tlog.Hash{}, errors.New("checkpoint has no root")
	}
	return size, root, nil
}

// checkTree recomputes the tree from the entries, and compares its root, every tile and the set of files.
func checkTree(held files, size int64, root tlog.Hash) error {
	seen := map[string]bool{"checkpoint": true, "vkeys": true, "policy": true}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, 0, len(indexes))
		for _, index := range indexes {
			out = append(out, stored[index])
		}
		return out, nil
	})
	for start := int64(0); start < size; start += 256 {
		width := min(size-start, 256)
		name := tilePath("entries", start/256, int(width))
		seen[name] = true
		entries, err := split(held[name], int(width))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for at, entry := range entries {
			hashes, err := tlog.StoredHashes(start+int64(at), entry, reader)
			if err != nil {
				return err
			}
			stored = append(stored, hashes...)
		}
	}
	if got, err := tlog.TreeHash(size, reader); err != nil || got != root {
		return errors.New("the entries give another root")
	}
	tiles := tlog.NewTiles(8, 0, size)
	for at, tile := range tiles {
		if at+1 < len(tiles) && tiles[at+1].L == tile.L && tiles[at+1].N == tile.N {
			continue // x/mod names each width that a growing log passed; only the last is exported
		}
		name := tilePath(strconv.Itoa(tile.L), tile.N, tile.W)
		seen[name] = true
		want, err := tlog.ReadTileData(tile, reader)
		if err != nil || !bytes.Equal(want, held[name]) {
			return fmt.Errorf("%s is not what the entries give", name)
		}
	}
	for name := range held {
		if !seen[name] {
			return fmt.Errorf("%s has no place in a log", name)
		}
	}
	return nil
}

func tilePath(level string, index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < 256 {
		path += ".p/" + strconv.Itoa(width)
	}
	return "tile/" + level + "/" + path
}

func split(data []byte, width int) ([][]byte, error) {
	entries := make([][]byte, 0, width)
	for range width {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("ends within an entry")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) != 0 {
		return nil, errors.New("bytes follow the last entry")
	}
	return entries, nil
}

// A policy as tlog-policy has it: names to verifiers, and groups in order.
type policy struct {
	vkeys     []string
	verifiers []note.Verifier
	logs      int
	witnesses map[string]note.Verifier
	groups    []group
	quorum    string
}

type group struct {
	name    string
	needed  int
	members []string
}

func parsePolicy(text string) (*policy, error) {
	p := &policy{witnesses: map[string]note.Verifier{}}
	var logs []string
	var witnesses []string
	for _, line := range strings.Split(text, "\n") {
		items := strings.Fields(line)
		switch {
		case len(items) == 0 || strings.HasPrefix(items[0], "#"):
		case items[0] == "log" && len(items) == 2:
			logs = append(logs, items[1])
		case items[0] == "witness" && len(items) == 3:
			v, err := newVerifier(items[2])
			if err != nil {
				return nil, err
			}
			p.witnesses[items[1]] = v
			witnesses = append(witnesses, items[2])
		case items[0] == "group" && len(items) > 3:
			p.groups = append(p.groups, group{items[1], threshold(items[2], len(items)-3), items[3:]})
		case items[0] == "quorum" && len(items) == 2:
			p.quorum = items[1]
		default:
			return nil, fmt.Errorf("policy has a line %q", line)
		}
	}
	p.logs = len(logs)
	p.vkeys = append(logs, witnesses...)
	for _, vkey := range p.vkeys {
		v, err := newVerifier(vkey)
		if err != nil {
			return nil, err
		}
		p.verifiers = append(p.verifiers, v)
	}
	return p, nil
}

func threshold(word string, members int) int {
	switch word {
	case "all":
		return members
	case "any":
		return 1
	}
	needed, err := strconv.Atoi(word)
	if err != nil || needed < 1 {
		return members + 1
	}
	return needed
}

// check opens the note: every line is of a known key and verifies, every key of the log signed, and the
// quorum cosigned.
func (p *policy) check(data []byte) error {
	opened, err := note.Open(data, note.VerifierList(p.verifiers...))
	if err != nil {
		return err
	}
	if len(opened.UnverifiedSigs) > 0 {
		return errors.New("checkpoint has a line of an unknown key")
	}
	again := opened.Text + "\n"
	signed := map[string]bool{}
	for _, sig := range opened.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return err
		}
		again += "— " + sig.Name + " " + sig.Base64 + "\n"
		signed[fmt.Sprintf("%s+%08x", sig.Name, sig.Hash)] = true
	}
	if again != string(data) {
		return errors.New("checkpoint has another spelling")
	}
	for _, v := range p.verifiers[:p.logs] {
		if !signed[id(v)] || !strings.HasPrefix(opened.Text, v.Name()+"\n") {
			return fmt.Errorf("%s did not sign", id(v))
		}
	}
	return p.cosigned(signed)
}

func (p *policy) cosigned(signed map[string]bool) error {
	reached := map[string]bool{"none": true}
	for name, v := range p.witnesses {
		reached[name] = signed[id(v)]
	}
	for _, g := range p.groups {
		count := 0
		for _, member := range g.members {
			if reached[member] {
				count++
			}
		}
		reached[g.name] = count >= g.needed
	}
	if !reached[p.quorum] {
		return fmt.Errorf("the quorum %s is not reached", p.quorum)
	}
	return nil
}

func id(v note.Verifier) string { return fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash()) }

// cosigner verifies the types 0x04 and 0x06 of tlog-cosignature, which x/mod does not know.
type cosigner struct {
	name string
	kind byte
	key  []byte
}

func newVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no vkey")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) == 0 {
		return nil, errors.New("no vkey")
	}
	if raw[0] == 0x01 {
		return note.NewVerifier(vkey)
	}
	c := &cosigner{parts[0], raw[0], raw[1:]}
	if fmt.Sprintf("%08x", c.KeyHash()) != parts[1] {
		return nil, errors.New("a vkey has another key id")
	}
	return c, nil
}

func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	digest := sha256.Sum256([]byte(c.name + "\n" + string(rune(c.kind)) + string(c.key)))
	return binary.BigEndian.Uint32(digest[:])
}

func (c *cosigner) Verify(text, sig []byte) bool {
	if len(sig) < 8 || binary.BigEndian.Uint64(sig) == 0 {
		return false
	}
	switch c.kind {
	case 0x04:
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
		return len(c.key) == 32 && ed25519.Verify(c.key, []byte(message), sig[8:])
	case 0x06:
		key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), c.key)
		if err != nil {
			return false
		}
		message, err := c.message(text, sig[:8])
		return err == nil && mldsa.Verify(key, message, sig[8:], nil) == nil
	}
	return false
}

// message is the cosigned_message of tlog-cosignature.
func (c *cosigner) message(text, seconds []byte) ([]byte, error) {
	size, root, err := headOf(append(bytes.Clone(text), '\n'))
	if err != nil {
		return nil, err
	}
	origin, _, _ := strings.Cut(string(text), "\n")
	out := []byte("subtree/v1\n\x00")
	out = append(append(out, byte(len(c.name))), c.name...)
	out = append(out, seconds...)
	out = append(append(out, byte(len(origin))), origin...)
	out = binary.BigEndian.AppendUint64(out, 0)
	out = binary.BigEndian.AppendUint64(out, uint64(size))
	return append(out, root[:]...), nil
}
