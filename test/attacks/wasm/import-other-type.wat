;; attack: imports what exists as another type
;; outcome: error
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $f (param i64)))
  (memory (export "memory") 1)
  (func (export "_start") (call $f (i64.const 0))))
