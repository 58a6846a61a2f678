// Edge is a small ingress controller for test clusters that have none. It reads Ingress objects from an environment
// variable (their JSON, as kubectl prints it) and sends each request to the Service of the longest matching path prefix,
// WebSockets included.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
	"time"
)

type ingress struct {
	Spec struct {
		Rules []struct {
			Host string `json:"host"`
			HTTP struct {
				Paths []struct {
					Path    string `json:"path"`
					Backend struct {
						Service struct {
							Name string `json:"name"`
						} `json:"service"`
					} `json:"backend"`
				} `json:"paths"`
			} `json:"http"`
		} `json:"rules"`
	} `json:"spec"`
}

type route struct {
	host, path string
	proxy      *httputil.ReverseProxy
}

func routes(document string) ([]route, error) {
	var in ingress
	if err := json.Unmarshal([]byte(document), &in); err != nil {
		return nil, err
	}
	var all []route
	for _, rule := range in.Spec.Rules {
		for _, p := range rule.HTTP.Paths {
			target := &url.URL{Scheme: "http", Host: p.Backend.Service.Name}
			all = append(all, route{rule.Host, strings.TrimSuffix(p.Path, "/"), &httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) {
					r.SetURL(target)
					r.Out.Host = r.In.Host
					r.SetXForwarded()
				},
				FlushInterval: -1,
				// One connection per request: a kept connection would stay with a pod that is terminating.
				Transport: &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 60 * time.Second},
			}})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return len(all[i].path) > len(all[j].path) })
	return all, nil
}

// A prefix matches whole path elements, as Kubernetes defines pathType Prefix.
func matches(prefix, path string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

func main() {
	all, err := routes(os.Getenv("INGRESS"))
	if err != nil || len(all) == 0 {
		log.Fatalf("INGRESS holds no routes: %v", err)
	}
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		for _, candidate := range all {
			if (candidate.host == "" || candidate.host == host) && matches(candidate.path, r.URL.Path) {
				candidate.proxy.ServeHTTP(w, r)
				return
			}
		}
		http.Error(w, "no route for "+r.Host+r.URL.Path, http.StatusNotFound)
	})}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	go func() {
		<-stop.Done()
		ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		_ = server.Shutdown(ctx)
	}()
	log.Printf("%d routes", len(all))
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
