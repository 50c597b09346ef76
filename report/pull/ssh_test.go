package pull

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// serveSSH runs git's services for the holder of the client's key on a loopback
// port, and returns a remote that trusts the host key.
func serveSSH(t *testing.T, bare string) Remote {
	t.Helper()
	host, client := signer(t, 'h'), signer(t, 'c')
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if string(k.Marshal()) != string(client.PublicKey().Marshal()) {
			return nil, os.ErrPermission
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerSSH(conn, config)
		}
	}()
	dir := t.TempDir()
	block, err := ssh.MarshalPrivateKey(sshKey('c'), "")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "key"), pem.EncodeToMemory(block), 0o600))
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	known := "[127.0.0.1]:" + port + " " + string(ssh.MarshalAuthorizedKey(host.PublicKey()))
	must(t, os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(known), 0o600))
	return Remote{URL: "ssh://git@127.0.0.1:" + port + bare, Branch: "main",
		Auth: Auth{KeyFile: filepath.Join(dir, "key"), KnownHostsFile: filepath.Join(dir, "known_hosts")}}
}

func sshKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func signer(t *testing.T, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(sshKey(seed))
	must(t, err)
	return s
}

func answerSSH(conn net.Conn, config *ssh.ServerConfig) {
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, asked, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range asked {
				_ = r.Reply(r.Type == "exec", nil)
				if r.Type == "exec" {
					go runGit(channel, string(r.Payload[4:]))
				}
			}
		}()
	}
}

// runGit runs "git-upload-pack '/path'" as a forge would.
func runGit(channel ssh.Channel, command string) {
	defer channel.Close()
	service, path, _ := strings.Cut(command, " ")
	cmd := exec.Command("git", strings.TrimPrefix(service, "git-"), strings.Trim(path, "'"))
	cmd.Stdout, cmd.Stderr = channel, io.Discard
	in, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	go func() {
		_, _ = io.Copy(in, channel)
		_ = in.Close()
	}()
	_ = cmd.Wait()
	_, _ = channel.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
}

func TestSSHTalksOnlyToAKnownHost(t *testing.T) {
	bare, ctx := origin(t), context.Background()
	good := serveSSH(t, bare)
	c := clone(t, good)
	hash := commit(t, c, addPatch)
	must(t, c.Push(ctx, "tuppence/x", hash, ""))
	tips, err := c.Tips(ctx, "tuppence/")
	if err != nil || !tips["tuppence/x"].Ours {
		t.Errorf("tips are %v (%v)", tips, err)
	}
	must(t, c.DeleteBranch(ctx, "tuppence/x", hash))

	known := read(t, good.Auth.KnownHostsFile)
	address, _, _ := strings.Cut(known, " ")
	for name, tc := range map[string]struct{ knownHosts, want string }{
		"a host with another key than is known": {address + " " + string(ssh.MarshalAuthorizedKey(signer(t, 'x').PublicKey())), "key mismatch"},
		"a host that is not known, but another": {strings.Replace(known, address, "git.example", 1), "key is unknown"},
		"no host is known":                      {"", "key is unknown"},
		"a file that is none of known hosts":    {"\x00", "read the known hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			r := good
			r.TempDir, r.Auth.KnownHostsFile = t.TempDir(), filepath.Join(t.TempDir(), "known_hosts")
			must(t, os.WriteFile(r.Auth.KnownHostsFile, []byte(tc.knownHosts), 0o600))
			c, err := Clone(ctx, r)
			if err == nil {
				_ = c.Close()
				t.Fatal("it was cloned")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %q, want it to say %q", err, tc.want)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}
