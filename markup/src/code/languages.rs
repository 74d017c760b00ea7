//! The languages: their comments, strings and words.

use super::language::{
    Language,
    Quote::{self, Char, Line, Lines, Raw},
};

/// Returns the language with this name in lower case.
pub(super) fn find(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.names.split(' ').any(|known| known == name))
}

const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const STARS: &[(&str, &str)] = &[("/*", "*/")];
const BOTH: &[Quote] = &[Line("\""), Line("'")];

/// A language like C: words, calls and types by their capital letter.
const C: Language = Language {
    names: "c h",
    lines: SLASHES,
    blocks: STARS,
    quotes: &[Line("\""), Char],
    keywords: "auto break case const continue default do else enum extern for goto if inline \
               register restrict return sizeof static struct switch typedef union volatile while \
               #include #define #if #ifdef #ifndef #else #endif #pragma",
    values: "NULL true false",
    signs: "#",
    inner: "",
    keys: None,
    types: true,
    calls: true,
    any_case: false,
};

/// Data: keys and values.
const DATA: Language = Language {
    names: "json jsonc json5",
    lines: SLASHES,
    quotes: &[Line("\"")],
    keywords: "",
    values: "true false null",
    signs: "",
    keys: Some(':'),
    types: false,
    calls: false,
    ..C
};

static LANGUAGES: [Language; 28] = [
    C,
    DATA,
    Language {
        names: "rust rs",
        quotes: &[Raw("r#\"", "\"#"), Raw("r\"", "\""), Lines("\""), Char],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl \
                   in let loop match mod move mut pub ref return self static struct super trait \
                   type union unsafe use where while",
        values: "true false None Some Ok Err",
        signs: "",
        ..C
    },
    Language {
        names: "javascript js jsx mjs cjs node",
        quotes: &[Lines("`"), Line("\""), Line("'")],
        keywords: "async await break case catch class const continue debugger default delete do \
                   else export extends finally for from function get if import in instanceof let \
                   new of return set static super switch this throw try typeof var void while with \
                   yield",
        values: "true false null undefined NaN Infinity",
        signs: "",
        inner: "$",
        ..C
    },
    Language {
        names: "typescript ts tsx",
        quotes: &[Lines("`"), Line("\""), Line("'")],
        keywords: "abstract any as async await boolean break case catch class const continue \
                   declare default delete do else enum export extends finally for from function \
                   get if implements import in infer instanceof interface is keyof let namespace \
                   never new number object of private protected public readonly return satisfies \
                   set static string super switch symbol this throw try type typeof unknown var \
                   void while yield",
        values: "true false null undefined NaN Infinity",
        signs: "",
        inner: "$",
        ..C
    },
    Language {
        names: "python py python3",
        lines: HASH,
        blocks: &[],
        quotes: &[Lines("\"\"\""), Lines("'''"), Line("\""), Line("'")],
        keywords: "and as assert async await break case class continue def del elif else except \
                   finally for from global if import in is lambda match nonlocal not or pass raise \
                   return try while with yield",
        values: "True False None",
        signs: "@",
        ..C
    },
    Language {
        names: "go golang",
        quotes: &[Raw("`", "`"), Line("\""), Char],
        keywords: "any bool break byte case chan const continue default defer else error \
                   fallthrough float64 for func go goto if import int int64 interface map package \
                   range return rune select string struct switch type var",
        values: "true false nil iota",
        signs: "",
        ..C
    },
    Language {
        names: "java",
        quotes: &[Lines("\"\"\""), Line("\""), Char],
        keywords: "abstract assert boolean break byte case catch char class const continue default \
                   do double else enum extends final finally float for if implements import \
                   instanceof int interface long native new package private protected public \
                   record return sealed short static super switch synchronized this throw throws \
                   transient try var void volatile while yield",
        values: "true false null",
        signs: "@",
        ..C
    },
    Language {
        names: "kotlin kt kts",
        quotes: &[Lines("\"\"\""), Line("\""), Char],
        keywords: "as break by catch class companion const constructor continue data do else enum \
                   finally for fun if import in init inline interface internal is lateinit object \
                   open operator override package private protected public return sealed suspend \
                   this throw try typealias val var when while",
        values: "true false null",
        signs: "@",
        ..C
    },
    Language {
        names: "scala",
        quotes: &[Lines("\"\"\""), Line("\""), Char],
        keywords: "abstract case catch class def do else enum export extends extension final \
                   finally for given if implicit import lazy match new object override package \
                   private protected return sealed super then this throw trait try type using val \
                   var while with yield",
        values: "true false null None Some",
        signs: "@",
        ..C
    },
    Language {
        names: "cpp c++ cc cxx hpp arduino",
        keywords: "auto bool break case catch char class co_await co_return concept const \
                   constexpr continue default delete do double else enum explicit export extern \
                   float for friend goto if inline int long mutable namespace new noexcept \
                   operator override private protected public requires return short sizeof static \
                   struct switch template this throw try typedef typename union unsigned using \
                   virtual void volatile while #include #define #if #ifdef #ifndef #else #endif \
                   #pragma",
        values: "true false nullptr NULL",
        ..C
    },
    Language {
        names: "csharp cs c# dotnet",
        quotes: &[Lines("\"\"\""), Raw("@\"", "\""), Line("\""), Char],
        keywords: "abstract as async await base bool break byte case catch char class const \
                   continue decimal default delegate do double else enum event explicit extern \
                   finally float for foreach get if implicit in int interface internal is lock \
                   long namespace new object operator out override params private protected public \
                   readonly record ref return sealed set short static string struct switch this \
                   throw try typeof uint using var virtual void volatile when where while yield",
        values: "true false null",
        ..C
    },
    Language {
        names: "swift",
        quotes: &[Lines("\"\"\""), Line("\"")],
        keywords: "actor any as associatedtype async await break case catch class continue default \
                   defer deinit do else enum extension fallthrough fileprivate for func guard if \
                   import in init inout internal is lazy let mutating nonisolated open override \
                   private protocol public repeat rethrows return self Self some static struct \
                   subscript super switch throw throws try typealias unowned var weak where while",
        values: "true false nil",
        signs: "@",
        ..C
    },
    Language {
        names: "ruby rb",
        lines: HASH,
        blocks: &[("=begin", "=end")],
        quotes: BOTH,
        keywords: "alias and begin break case class def defined? do else elsif end ensure for if \
                   in include module next not or private raise redo require rescue retry return \
                   self super then undef unless until when while yield",
        values: "true false nil",
        signs: "@$",
        ..C
    },
    Language {
        names: "php",
        lines: &["//", "#"],
        quotes: &[Lines("\""), Lines("'")],
        keywords: "abstract and array as break case catch class clone const continue declare \
                   default do echo else elseif enum extends final finally fn for foreach function \
                   global if implements include instanceof interface match namespace new or print \
                   private protected public readonly require require_once return static switch \
                   throw trait try use var while yield",
        values: "true false null",
        signs: "$",
        ..C
    },
    Language {
        names: "sh bash shell zsh fish",
        lines: HASH,
        blocks: &[],
        quotes: &[Lines("\""), Raw("'", "'")],
        keywords: "case do done elif else esac exec exit export fi for function if in local read \
                   return set shift source then trap unset until while",
        values: "true false",
        signs: "$",
        inner: "-",
        types: false,
        calls: false,
        ..C
    },
    Language {
        names: "powershell ps1 pwsh",
        lines: HASH,
        blocks: &[("<#", "#>")],
        quotes: &[Raw("\"", "\""), Raw("'", "'")],
        keywords: "begin break catch class continue do else elseif end exit filter finally for \
                   foreach function if in param process return switch throw try until using while",
        values: "$true $false $null",
        signs: "$",
        inner: "-",
        types: false,
        any_case: true,
        ..C
    },
    Language {
        names: "sql postgres postgresql mysql sqlite",
        lines: &["--"],
        quotes: &[Raw("'", "'"), Raw("\"", "\"")],
        keywords: "add all alter and as asc begin between by cascade case check column commit \
                   conflict constraint create cross database default delete desc distinct do drop \
                   else end except exists foreign from full function grant group having if in \
                   index inner insert intersect into is join key left like limit materialized not \
                   nothing offset on or order outer over partition primary references replace \
                   returning right rollback select set table then trigger truncate union unique \
                   update using values view when where with",
        values: "true false null",
        signs: "",
        types: false,
        any_case: true,
        ..C
    },
    Language {
        names: "yaml yml",
        lines: HASH,
        blocks: &[],
        quotes: BOTH,
        values: "true false null yes no on off",
        inner: "-./",
        ..DATA
    },
    Language {
        names: "toml ini conf cfg properties env dotenv",
        lines: &["#", ";"],
        blocks: &[],
        quotes: &[Lines("\"\"\""), Line("\""), Line("'")],
        inner: "-.",
        keys: Some('='),
        ..DATA
    },
    Language {
        names: "css scss less",
        quotes: BOTH,
        values: "",
        signs: "@$",
        inner: "-",
        calls: true,
        ..DATA
    },
    Language {
        names: "lua",
        lines: &["--"],
        blocks: &[("--[[", "]]")],
        quotes: &[Raw("[[", "]]"), Line("\""), Line("'")],
        keywords: "and break do else elseif end for function goto if in local not or repeat return \
                   then until while",
        values: "true false nil",
        signs: "",
        ..C
    },
    Language {
        names: "haskell hs elm purescript",
        lines: &["--"],
        blocks: &[("{-", "-}")],
        keywords: "as case class data deriving do else forall hiding if import in infix infixl \
                   infixr instance let module newtype of qualified then type where",
        values: "",
        signs: "",
        inner: "'",
        calls: false,
        ..C
    },
    Language {
        names: "elixir ex exs",
        lines: HASH,
        blocks: &[],
        quotes: &[Lines("\"\"\""), Line("\""), Line("'")],
        keywords: "alias after and case catch cond def defimpl defmacro defmodule defp defprotocol \
                   defstruct do else end fn for if import in not or quote raise receive require \
                   rescue try unless unquote use when with",
        values: "true false nil",
        signs: "@",
        ..C
    },
    Language {
        names: "r",
        lines: HASH,
        blocks: &[],
        quotes: BOTH,
        keywords: "break else for function if in library next repeat require return while",
        values: "TRUE FALSE NULL NA NaN Inf",
        signs: "",
        inner: ".",
        types: false,
        ..C
    },
    Language {
        names: "perl pl",
        lines: HASH,
        blocks: &[],
        quotes: &[Lines("\""), Lines("'")],
        keywords: "and bless die do each else elsif eval for foreach if keys last local my next no \
                   not or our package print push return say shift sub undef unless until use while",
        values: "",
        signs: "$@%",
        types: false,
        ..C
    },
    Language {
        names: "dockerfile docker containerfile",
        lines: HASH,
        blocks: &[],
        quotes: BOTH,
        keywords: "FROM AS RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG \
                   ONBUILD STOPSIGNAL HEALTHCHECK SHELL",
        values: "",
        signs: "$",
        inner: "-",
        types: false,
        calls: false,
        ..C
    },
    Language {
        names: "makefile make mk",
        lines: HASH,
        blocks: &[],
        quotes: BOTH,
        keywords: "define else endef endif export ifdef ifeq ifndef ifneq include override",
        values: "",
        signs: "$",
        inner: "-",
        keys: Some(':'),
        types: false,
        calls: false,
        ..C
    },
];

/// Returns the names of each language.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|language| language.names)
}
