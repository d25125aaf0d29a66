;; attack: closes the descriptor of its answer, and answers
;; outcome: ok
;; output: 1
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "1")
  (func (export "_start")
      (drop (call $fd_close (i32.const 3)))
      (drop (call $fd_close (i32.const 0)))
      (drop (call $fd_close (i32.const -1)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 1))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
