;; attack: is no WebAssembly
;; outcome: error
;; binary: aGVsbG8=

