;; attack: shows which processor it runs on by instructions that may differ between them
;; outcome: ok
;; output: "same"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22same\22")
  (data (i32.const 64) "xxxxxxxxxxxxxxxx\11\12\13\14\15\16\17\18\19\20\21\22\23\24\25\26")
  (data (i32.const 96) "\00\00\c0\7f\ff\ff\7f\7f\ff\ff\7f\ff\00\00\80\ff")
  (func (export "_start")
      ;; Indices beyond the end.
      (if (v128.any_true (i8x16.relaxed_swizzle (v128.load (i32.const 64)) (v128.load (i32.const 80)))) (then (unreachable)))
      ;; No number, and numbers too large for an integer.
      (if (i32.ne (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (v128.load (i32.const 96)))) (i32.const 0)) (then (unreachable)))
      (if (i32.ne (i32x4.extract_lane 1 (i32x4.relaxed_trunc_f32x4_s (v128.load (i32.const 96)))) (i32.const 0x7fffffff)) (then (unreachable)))
      (if (i32.ne (i32x4.extract_lane 2 (i32x4.relaxed_trunc_f32x4_s (v128.load (i32.const 96)))) (i32.const 0x80000000)) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 6))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
