;; attack: shows no memory
;; outcome: error
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
  (func (export "_start") (drop (call $y))))
