// A stranger's reader and writer of sealed packages, made from docs/protocol.md with Go's crypto/hpke alone.
//
//	stranger open PARTY SEED              package on stdin, plaintext on stdout
//	stranger seal PARTY PUBLIC HEADER     plaintext on stdin, package on stdout; HEADER lacks the commitment
//	stranger public SEED                  the public key, in hexadecimal
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

const magic = "detente-package/v1\n"
const wrapSize = 1120 + 48

type header struct {
	Author     string `json:"author"`
	Commitment string `json:"commitment"`
	Domain     string `json:"domain"`
	Genesis    string `json:"genesis"`
	Recipients []struct {
		KeyID string `json:"keyid"`
		Party string `json:"party"`
	} `json:"recipients"`
	Record string `json:"record"`
	V      int    `json:"v"`
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	return value
}

func require(holds bool, what string) {
	if !holds {
		must(0, fmt.Errorf("%s", what))
	}
}

func info(party string, spelled []byte) []byte {
	return append([]byte("detente/v1 sealing\n"+party+"\n"), spelled...)
}

func commitment(key []byte) string {
	digest := sha256.Sum256(append([]byte("detente/v1 content key commitment\n"), key...))
	return hex.EncodeToString(digest[:])
}

func gcm(key []byte) cipher.AEAD {
	return must(cipher.NewGCM(must(aes.NewCipher(key))))
}

func privateKey(seed string) hpke.PrivateKey {
	return must(hpke.MLKEM768X25519().NewPrivateKey(must(hex.DecodeString(seed))))
}

func open(data []byte, party, seed string) []byte {
	require(len(data) > len(magic)+4 && string(data[:len(magic)]) == magic, "no package")
	rest := data[len(magic):]
	size := int(binary.BigEndian.Uint32(rest))
	require(size > 0 && size < len(rest)-4, "no header")
	spelled, rest := rest[4:4+size], rest[4+size:]
	var read header
	must(0, json.Unmarshal(spelled, &read))
	place := -1
	for at, one := range read.Recipients {
		if one.Party == party {
			place = at
		}
	}
	require(place >= 0 && len(rest) > len(read.Recipients)*wrapSize, "not for this party")
	wrap := rest[place*wrapSize : (place+1)*wrapSize]
	ciphertext := rest[len(read.Recipients)*wrapSize:]
	key := must(hpke.Open(privateKey(seed), hpke.HKDFSHA256(), hpke.AES256GCM(), info(party, spelled), wrap))
	require(commitment(key) == read.Commitment, "another key than committed to")
	prefix := data[:len(data)-len(ciphertext)]
	padded := must(gcm(key).Open(nil, make([]byte, 12), ciphertext, prefix))
	length := int(binary.BigEndian.Uint32(padded))
	require(length <= len(padded)-4, "ill padded")
	require(len(bytes.Trim(padded[4+length:], "\x00")) == 0, "ill padded")
	return padded[4 : 4+length]
}

func seal(plaintext []byte, party, public, unfinished string) []byte {
	key := make([]byte, 32)
	must(rand.Read(key))
	var fields map[string]any
	must(0, json.Unmarshal([]byte(unfinished), &fields))
	fields["commitment"] = commitment(key)
	spelled := must(json.Marshal(fields)) // Go sorts the keys of a map
	pk := must(hpke.MLKEM768X25519().NewPublicKey(must(hex.DecodeString(public))))
	wrap := must(hpke.Seal(pk, hpke.HKDFSHA256(), hpke.AES256GCM(), info(party, spelled), key))
	made := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(spelled)))
	made = append(append(made, spelled...), wrap...)
	bucket := 1024
	for bucket < len(plaintext)+4 {
		bucket *= 2
	}
	padded := make([]byte, bucket)
	binary.BigEndian.PutUint32(padded, uint32(len(plaintext)))
	copy(padded[4:], plaintext)
	return append(made, gcm(key).Seal(nil, make([]byte, 12), padded, made)...)
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 3 && args[0] == "open":
		os.Stdout.Write(open(must(io.ReadAll(os.Stdin)), args[1], args[2]))
	case len(args) == 4 && args[0] == "seal":
		os.Stdout.Write(seal(must(io.ReadAll(os.Stdin)), args[1], args[2], args[3]))
	case len(args) == 2 && args[0] == "public":
		fmt.Printf("%x", privateKey(args[1]).PublicKey().Bytes())
	default:
		require(false, "usage: open PARTY SEED | seal PARTY PUBLIC HEADER | public SEED")
	}
}
