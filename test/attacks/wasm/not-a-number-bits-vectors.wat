;; attack: shows which processor it runs on by the bits of NaN in vectors and large numbers
;; outcome: ok
;; output: "same"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22same\22")
  (data (i32.const 64) "\01\00\00\00\00\00\f8\ff\ff\ff\ff\ff\ff\ff\ff\ff")
  (func (export "_start")
      (if (i64.ne (i64.reinterpret_f64 (f64.add (f64.load (i32.const 64)) (f64.load (i32.const 72)))) (i64.const 0x7ff8000000000000)) (then (unreachable)))
      (if (i64.ne (i64x2.extract_lane 1 (f64x2.mul (v128.load (i32.const 64)) (v128.load (i32.const 64)))) (i64.const 0x7ff8000000000000)) (then (unreachable)))
      (if (i32.ne (i32.reinterpret_f32 (f32.demote_f64 (f64.load (i32.const 64)))) (i32.const 0x7fc00000)) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 6))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
