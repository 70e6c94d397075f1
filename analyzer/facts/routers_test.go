package facts_test

import (
	"fmt"

	"dce/analyzer/facts"
)

// fakes are the parts of routers that registrations touch, so that tests need no network.
const fakes = `
-- go.mod --
module example.com/m

go 1.24

require (
	github.com/gin-gonic/gin v1.0.0
	github.com/go-chi/chi/v5 v5.0.0
	github.com/gorilla/mux v1.0.0
)

replace (
	github.com/gin-gonic/gin => ./fake/gin
	github.com/go-chi/chi/v5 => ./fake/chi
	github.com/gorilla/mux => ./fake/mux
)
-- fake/gin/go.mod --
module github.com/gin-gonic/gin
-- fake/gin/gin.go --
package gin

type Context struct{}
type HandlerFunc func(*Context)
type IRoutes interface{ GET(string, ...HandlerFunc) IRoutes }
type RouterGroup struct{}

func (g *RouterGroup) GET(path string, handlers ...HandlerFunc) IRoutes { return nil }
func (g *RouterGroup) POST(path string, handlers ...HandlerFunc) IRoutes { return nil }
func (g *RouterGroup) Group(path string, handlers ...HandlerFunc) *RouterGroup { return g }

type Engine struct{ RouterGroup }

func New() *Engine { return nil }
-- fake/chi/go.mod --
module github.com/go-chi/chi/v5
-- fake/chi/chi.go --
package chi

import "net/http"

type Router interface {
	http.Handler
	Get(pattern string, h http.HandlerFunc)
	Post(pattern string, h http.HandlerFunc)
	Method(method, pattern string, h http.Handler)
	Handle(pattern string, h http.Handler)
	Route(pattern string, fn func(r Router)) Router
	Group(fn func(r Router)) Router
	Mount(pattern string, h http.Handler)
	With(...func(http.Handler) http.Handler) Router
}
type Mux struct{ Router }

func NewRouter() *Mux { return nil }
-- fake/mux/go.mod --
module github.com/gorilla/mux
-- fake/mux/mux.go --
package mux

import "net/http"

type Router struct{}
type Route struct{}

func NewRouter() *Router { return nil }
func (r *Router) HandleFunc(path string, f func(http.ResponseWriter, *http.Request)) *Route { return nil }
func (r *Router) Handle(path string, h http.Handler) *Route { return nil }
func (r *Router) PathPrefix(p string) *Route { return nil }
func (r *Router) Path(p string) *Route { return nil }
func (r *Router) ServeHTTP(http.ResponseWriter, *http.Request) {}
func (r *Route) Methods(m ...string) *Route { return r }
func (r *Route) Path(p string) *Route { return r }
func (r *Route) HandlerFunc(f func(http.ResponseWriter, *http.Request)) *Route { return r }
func (r *Route) Subrouter() *Router { return nil }
func (r *Route) Name(n string) *Route { return r }
`

func routes(all *facts.Facts) []string {
	return lines(all.Routes, func(one facts.Route) string {
		handler := "-"
		if one.Handler != nil {
			handler = dotted(*one.Handler)
		}
		mounted := "mounted"
		if !one.Mounted {
			mounted = "unmounted"
		}
		return fmt.Sprintf("%s %s %s %s", one.Method, one.Pattern, handler, mounted)
	})
}

// handlers is what the main programs of the cases share.
const handlers = `
-- handlers.go --
package main

import "net/http"

type api struct{ mux *http.ServeMux }

func (a *api) list(w http.ResponseWriter, r *http.Request)   {}
func (a *api) create(w http.ResponseWriter, r *http.Request) {}

func get(w http.ResponseWriter, r *http.Request) {}

func auth(next http.Handler) http.Handler                { return next }
func logged(name string, f http.HandlerFunc) http.HandlerFunc { return f }
func makes() http.HandlerFunc                             { return nil }
`
