;; attack: tells judges apart by the time
;; outcome: ok
;; output: "same"
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22same\22")
  (func (export "_start")
      (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 64)))
      (if (i64.ne (i64.div_u (i64.load (i32.const 64)) (i64.const 1000000000)) (i64.const 1704067200)) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 6))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
