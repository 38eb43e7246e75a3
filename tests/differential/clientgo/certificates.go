package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"

	certificatesv1 "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/certificate"
	"k8s.io/client-go/util/certificate/csr"
	"k8s.io/client-go/util/keyutil"
)

// said is what a certificate or a request says.
type said struct {
	CommonName    string   `json:"common_name"`
	Organizations []string `json:"organizations"`
	DNSNames      []string `json:"dns_names"`
	IPAddresses   []string `json:"ip_addresses"`
	Signature     string   `json:"signature"`
}

func says(subject pkix.Name, names []string, ips []net.IP, signature fmt.Stringer) said {
	addresses := []string{}
	for _, ip := range ips {
		addresses = append(addresses, ip.String())
	}
	return said{
		CommonName:    subject.CommonName,
		Organizations: append([]string{}, subject.Organization...),
		DNSNames:      append([]string{}, names...),
		IPAddresses:   addresses,
		Signature:     signature.String(),
	}
}

// pemInput is any text; what it holds is asked for.
type pemInput struct {
	Text string `json:"text"`
}

func readPEM(input pemInput) (any, error) {
	output := map[string]any{"key": "", "certificates": ""}
	if key, err := keyutil.ParsePrivateKeyPEM([]byte(input.Text)); err == nil {
		text, err := keyutil.MarshalPrivateKeyToPEM(key)
		output["key"] = string(text)
		if err != nil {
			output["key"] = fmt.Sprintf("%T", key)
		}
	}
	if found, err := cert.ParseCertsPEM([]byte(input.Text)); err == nil {
		text, err := cert.EncodeCertificates(found...)
		if err != nil {
			return nil, err
		}
		output["certificates"] = string(text)
	}
	return output, nil
}

type requestInput struct {
	Key           string   `json:"key"`
	Request       string   `json:"request"`
	CommonName    string   `json:"common_name"`
	Organizations []string `json:"organizations"`
	DNSNames      []string `json:"dns_names"`
	IPAddresses   []string `json:"ip_addresses"`
}

// readRequest says what a request says, and makes one that is to say the same.
func readRequest(input requestInput) (any, error) {
	key, err := keyutil.ParsePrivateKeyPEM([]byte(input.Key))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(input.Request))
	if block == nil || block.Type != cert.CertificateRequestBlockType {
		return nil, errors.New("no request")
	}
	read, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	if err := read.CheckSignature(); err != nil {
		return nil, err
	}
	addresses := []net.IP{}
	for _, text := range input.IPAddresses {
		addresses = append(addresses, net.ParseIP(text))
	}
	subject := pkix.Name{CommonName: input.CommonName, Organization: input.Organizations}
	made, err := cert.MakeCSR(key, &subject, input.DNSNames, addresses)
	if err != nil {
		return nil, err
	}
	usages := certificate.DefaultKubeletClientGetUsages(key)
	return map[string]any{
		"read":   says(read.Subject, read.DNSNames, read.IPAddresses, read.SignatureAlgorithm),
		"made":   string(made),
		"usages": usages,
	}, nil
}

// pairInput is a certificate with those above it and its key.
type pairInput struct {
	Certificates string `json:"certificates"`
	Key          string `json:"key"`
	Host         string `json:"host"`
}

// readPair verifies a self-signed pair for a host, and makes one.
func readPair(input pairInput) (any, error) {
	pair, err := tls.X509KeyPair([]byte(input.Certificates), []byte(input.Key))
	if err != nil {
		return nil, err
	}
	chain, err := cert.ParseCertsPEM([]byte(input.Certificates))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(chain[len(chain)-1])
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: input.Host, Roots: roots}); err != nil {
		return nil, err
	}
	leaf := pair.Leaf
	certificates, key, err := cert.GenerateSelfSignedCertKey(input.Host, nil, nil)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"read":         says(leaf.Subject, leaf.DNSNames, leaf.IPAddresses, leaf.SignatureAlgorithm),
		"not_before":   leaf.NotBefore.Unix(),
		"not_after":    leaf.NotAfter.Unix(),
		"certificates": string(certificates),
		"key":          string(key),
	}, nil
}

type storeInput struct {
	Name         string `json:"name"`
	Folder       string `json:"folder"`
	KeyFolder    string `json:"key_folder"`
	CertFile     string `json:"cert_file"`
	KeyFile      string `json:"key_file"`
	Certificates string `json:"certificates"`
	Key          string `json:"key"`
}

// useStore says what is current, and then makes something else current if it is given.
func useStore(input storeInput) (any, error) {
	store, err := certificate.NewFileStore(
		input.Name, input.Folder, input.KeyFolder, input.CertFile, input.KeyFile)
	if err != nil {
		return nil, err
	}
	current, err := store.Current()
	var none *certificate.NoCertKeyError
	if errors.As(err, &none) {
		current = nil
	} else if err != nil {
		return nil, err
	}
	if input.Certificates != "" {
		if _, err := store.Update([]byte(input.Certificates), []byte(input.Key)); err != nil {
			return nil, err
		}
	}
	return map[string]any{"current": shown(current), "path": store.CurrentPath()}, nil
}

func shown(pair *tls.Certificate) string {
	if pair == nil {
		return ""
	}
	text := []byte{}
	for _, der := range pair.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	switch key := pair.PrivateKey.(type) {
	case *ecdsa.PrivateKey, *rsa.PrivateKey:
		marshalled, _ := keyutil.MarshalPrivateKeyToPEM(key)
		text = append(text, marshalled...)
	}
	return string(text)
}

type reuseInput struct {
	Key         string `json:"key"`
	Request     string `json:"request"`
	Signer      string `json:"signer"`
	There       string `json:"there"`
	ThereSigner string `json:"there_signer"`
	Signed      string `json:"signed"`
}

// reuse asks for a certificate where a request of the name is there.
func reuse(input reuseInput) (any, error) {
	key, err := keyutil.ParsePrivateKeyPEM([]byte(input.Key))
	if err != nil {
		return nil, err
	}
	there := certificatesv1.CertificateSigningRequest{
		TypeMeta:   metav1.TypeMeta{APIVersion: "certificates.k8s.io/v1", Kind: "CertificateSigningRequest"},
		ObjectMeta: metav1.ObjectMeta{Name: "there", UID: "uid"},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			Request: []byte(input.There), SignerName: input.ThereSigner,
		},
		Status: certificatesv1.CertificateSigningRequestStatus{Certificate: []byte(input.Signed)},
	}
	server := httptest.NewServer(http.HandlerFunc(
		func(writer http.ResponseWriter, request *http.Request) {
			writer.Header().Set("Content-Type", "application/json")
			var answer any = there
			if request.Method == http.MethodPost {
				writer.WriteHeader(http.StatusConflict)
				answer = metav1.Status{Status: "Failure", Code: 409, Reason: metav1.StatusReasonAlreadyExists}
			}
			_ = json.NewEncoder(writer).Encode(answer)
		}))
	defer server.Close()
	client, err := kubernetes.NewForConfig(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		return nil, err
	}
	usages := []certificatesv1.KeyUsage{certificatesv1.UsageClientAuth}
	name, uid, err := csr.RequestCertificateWithContext(
		context.Background(), client, []byte(input.Request), "there", input.Signer, nil, usages, key)
	if err != nil {
		return nil, err
	}
	return []string{name, string(uid)}, nil
}

func init() {
	register("certificates/pem", readPEM)
	register("certificates/request", readRequest)
	register("certificates/pair", readPair)
	register("certificates/store", useStore)
	register("certificates/reuse", reuse)
}
