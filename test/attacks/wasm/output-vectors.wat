;; attack: writes the same memory a hundred thousand times in one call
;; outcome: error
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (func (export "_start")
      (local $at i32)
      (loop $fill
        (i32.store (local.get $at) (i32.const 0))
        (i32.store offset=4 (local.get $at) (i32.const 65536))
        (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 800000))))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 100000) (i32.const 800008)))))
