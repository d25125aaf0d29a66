;; attack: is a component
;; outcome: error
;; binary: AGFzbQ0AAQA=

