;; attack: subscribes to more than there is memory for
;; outcome: error
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
      (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0))
      (if (then (unreachable)))))
