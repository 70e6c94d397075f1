package facts_test

import (
	"fmt"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, main string
		want       []string
	}{
		{
			"ServeMux, with and without a method, behind wrappers and conversions",
			`
func main() {
	a := &api{mux: http.NewServeMux()}
	http.HandleFunc("/plain", get)
	a.mux.HandleFunc("GET /list", a.list)
	a.mux.Handle("POST /create", auth(http.HandlerFunc(a.create)))
	a.mux.HandleFunc("GET /logged", logged("/logged", get))
	a.mux.HandleFunc("GET /made", makes())
	a.mux.HandleFunc("GET /literal", func(w http.ResponseWriter, r *http.Request) {})
	http.ListenAndServe(":80", http.StripPrefix("/api", a.mux))
}`,
			[]string{" /plain get mounted", "GET /list api.list mounted", "POST /create api.create mounted", "GET /logged get mounted", "GET /made makes mounted", "GET /literal - mounted"},
		},
		{
			"patterns that are summed, formatted, or stand in variables",
			`
const version = "/v1"

func main() {
	prefix := "/api" + version
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/x", get)
	mux.HandleFunc(fmt.Sprintf("%s %s/y", http.MethodPost, prefix), get)
}`,
			[]string{"GET /api/v1/x get mounted", "POST /api/v1/y get mounted"},
		},
		{
			"the repository's own wrapper, by its signature",
			`
func (a *api) handle(method, path string, h http.HandlerFunc) { a.mux.HandleFunc(method+" "+path, h) }

func main() { a := &api{}; a.handle(http.MethodPut, "/own/{id}", a.list) }`,
			[]string{"PUT /own/{id} api.list mounted"},
		},
		{
			"tables",
			`
type route struct {
	method, path string
	handler      http.HandlerFunc
}

func main() {
	a := &api{}
	for _, one := range []route{{"GET", "/one", a.list}, {method: "POST", path: "/two", handler: a.create}} {
		http.HandleFunc(one.method+" "+one.path, one.handler)
	}
	for pattern, handler := range map[string]http.HandlerFunc{"GET /three": get} {
		http.HandleFunc(pattern, handler)
	}
}`,
			[]string{"GET /one api.list mounted", "POST /two api.create mounted", "GET /three get mounted"},
		},
		{
			"gorilla: methods behind, subrouters, routers handed over, chains",
			`
func main() {
	r := mux.NewRouter()
	v1 := r.PathPrefix("/api").Subrouter().PathPrefix("/v1").Subrouter()
	v1.HandleFunc("/items", get).Methods("GET", "POST").Name("items")
	register(v1)
	r.Path("/chained").Methods("PUT").HandlerFunc(get)
}

func register(r *mux.Router) { r.HandleFunc("/items/{id}", get).Methods(http.MethodDelete) }`,
			[]string{"GET /api/v1/items get mounted", "POST /api/v1/items get mounted", "PUT /chained get mounted", "DELETE /api/v1/items/{id} get mounted"},
		},
		{
			"chi: Route, Group, With, Mount of a function's router, Method",
			`
func main() {
	r := chi.NewRouter()
	r.Route("/api", func(r chi.Router) {
		r.With(auth).Get("/x", get)
		r.Group(func(r chi.Router) { r.Post("/y", get) })
		r.Method("PUT", "/z", http.HandlerFunc(get))
	})
	r.Mount("/users", users())
}

func users() http.Handler {
	r := chi.NewRouter()
	r.Get("/{id}", get)
	return r
}`,
			[]string{"GET /api/x get mounted", "POST /api/y get mounted", "PUT /api/z get mounted", "GET /users/{id} get mounted"},
		},
		{
			"ServeMux mounted under a prefix that is stripped",
			`
func main() {
	sub := http.NewServeMux()
	sub.HandleFunc("GET /x", get)
	http.DefaultServeMux.Handle("/api/", http.StripPrefix("/api", sub))
}`,
			[]string{"GET /api/x get mounted"},
		},
		{
			"gin: groups, middlewares, the group's own path",
			`
func guard(c *gin.Context) {}
func show(c *gin.Context)  {}

func main() {
	e := gin.New()
	v1 := e.Group("/v1")
	v1.GET("/x/:id", guard, show)
	v1.POST("", show)
}`,
			[]string{"GET /v1/x/:id show mounted", "POST /v1 show mounted"},
		},
		{
			"a registration in code that no main reaches is not mounted",
			`
func forgotten(mux *http.ServeMux) { mux.HandleFunc("GET /x", get) }

func main() {}`,
			[]string{"GET /x get unmounted"},
		},
		{
			"clients register nothing",
			`
func main() {
	http.NewRequest("GET", "/x", nil)
	http.Get("/y")
	http.RedirectHandler("/z", 301)
}`,
			[]string{},
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			main := "-- main.go --\npackage main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\n\t\"github.com/gin-gonic/gin\"\n\t\"github.com/go-chi/chi/v5\"\n\t\"github.com/gorilla/mux\"\n)\n\n" +
				"var (\n\t_ = fmt.Sprint\n\t_ gin.Context\n\t_ chi.Router\n\t_ mux.Router\n\t_ http.Handler\n)\n" + one.main + "\n"
			all := collect(t, fakes+handlers+main)
			if len(all.Diagnostics) > 0 {
				t.Fatalf("%v", all.Diagnostics)
			}
			got := routes(all)
			testtree.Same(t, got, one.want)
		})
	}
}

func TestUnmountedHandlers(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- main.go --
package main

import "net/http"

func mounted(w http.ResponseWriter, r *http.Request)    { dispatched(w, r) }
func dispatched(w http.ResponseWriter, r *http.Request) {}
func forgotten(w http.ResponseWriter, r *http.Request)  {}
func dynamic(w http.ResponseWriter, r *http.Request)    {}

type h struct{}

func (h) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

func main() { run("/x") }

func run(pattern string) {
	http.HandleFunc("/", mounted)
	http.DefaultServeMux.HandleFunc(pattern, dynamic)
}
-- main_test.go --
package main

import "net/http"

func init() { http.HandleFunc("/test", forgotten) }
`)
	testtree.Same(t, lines(all.UnmountedHandlers, func(one facts.UnmountedHandler) string {
		return fmt.Sprintf("%s reached=%t", one.Name.Name, one.Reached)
	}),
		[]string{"dispatched reached=true", "forgotten reached=false"})
}
