// A stand-in for a kubelet, for the tests of exec, attach, port-forward and logs.
//
// Real are the protocols: the API server reaches it as it reaches a kubelet, and the streams are
// served by k8s.io/cri-streaming, which kubelets and container runtimes use. Not real is what is
// behind them: commands run on this machine, without any container; a forwarded port is one of this
// machine's loopback; the log is made up; and nobody is asked who he is.
//
// It prints its port and lives until its input ends.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const idle = time.Hour

func main() {
	certificate, err := selfSigned()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", serveExec)
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}", serveAttach)
	mux.HandleFunc("/portForward/{namespace}/{pod}", servePortForward)
	mux.HandleFunc("/containerLogs/{namespace}/{pod}/{container}", serveLog)
	// HTTP/1.1 alone: streams take their connection over
	server := &http.Server{Handler: mux, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	fmt.Fprintln(os.Stderr, server.Serve(listener))
}

func serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, runtime{}, r.PathValue("pod"), "", r.PathValue("container"),
		r.Form["command"], options, idle, idle, remotecommand.SupportedStreamingProtocols)
}

func serveAttach(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeAttach(w, r, runtime{}, r.PathValue("pod"), "", r.PathValue("container"),
		options, idle, idle, remotecommand.SupportedStreamingProtocols)
}

func servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, runtime{}, r.PathValue("pod"), "", options, idle, idle,
		portforward.SupportedProtocols)
}

// serveLog writes what was asked for, and then lines for as long as somebody follows.
func serveLog(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	fmt.Fprintf(w, "%s %s\n", r.PathValue("container"), query.Encode())
	_, _ = w.Write([]byte("not \xff text\n"))
	for i := 0; query.Get("follow") == "true"; i++ {
		if _, err := fmt.Fprintf(w, "line %d\n", i); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

type runtime struct{}

func (runtime) ExecInContainer(ctx context.Context, _, _, _ string, cmd []string, in io.Reader, out, err io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if cmd[0] == "size" {
		return reportSizes(out, tty, resize)
	}
	if cmd[0] == "die" {
		os.Exit(1)
	}
	command := exec.CommandContext(ctx, cmd[0], cmd[1:]...)
	command.Stdout, command.Stderr = writer(out), writer(err)
	if in != nil {
		// not command.Stdin: Wait would wait for an input that nobody closes
		pipe, err := command.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(pipe, in)
			_ = pipe.Close()
		}()
	}
	failure := command.Run()
	if exit, ok := failure.(*exec.ExitError); ok {
		return utilexec.CodeExitError{Err: exit, Code: exit.ExitCode()}
	}
	return failure
}

// writer keeps a nil of an interface nil.
func writer(to io.WriteCloser) io.Writer {
	if to == nil {
		return nil
	}
	return to
}

// reportSizes writes each size of the terminal until there were three.
func reportSizes(out io.Writer, tty bool, resize <-chan remotecommand.TerminalSize) error {
	fmt.Fprintf(out, "tty %t\n", tty)
	for i := 0; i < 3; i++ {
		size := <-resize
		fmt.Fprintf(out, "%dx%d\n", size.Width, size.Height)
	}
	return nil
}

// AttachContainer attaches to a process that sends back what it gets.
func (runtime) AttachContainer(_ context.Context, _, _, _ string, in io.Reader, out, err io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	if err != nil {
		fmt.Fprintln(err, "attached")
	}
	if in == nil {
		_, failure := io.Copy(out, strings.NewReader("nothing is put in"))
		return failure
	}
	_, failure := io.Copy(out, in)
	return failure
}

func (runtime) PortForward(_ context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	connection, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))))
	if err != nil {
		return err
	}
	defer connection.Close()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(connection, stream)
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	go func() {
		_, _ = io.Copy(stream, connection)
		close(done)
	}()
	<-done
	return nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
