;; attack: waits until its input can be read, over and over
;; outcome: fuel-limit
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
      (i32.store8 (i32.const 8) (i32.const 1))
      (loop $again
        (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
        (br $again))))
