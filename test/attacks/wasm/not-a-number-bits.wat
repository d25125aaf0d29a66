;; attack: shows which processor it runs on by the bits of NaN
;; outcome: ok
;; output: "same"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22same\22")
  (func (export "_start")
      (if (i32.ne (i32.reinterpret_f32 (f32.div (f32.neg (f32.load (i32.const 64))) (f32.load (i32.const 64)))) (i32.const 0x7fc00000)) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 6))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
