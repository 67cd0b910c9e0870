//! Tokens: recorded, claimed once, given back, revoked.

use crate::support::*;
use futures_util::future::join_all;
use rtc_store::{Claim, StoreError, TokenRow};

pub async fn a_token_is_claimed_once(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    let fresh = TokenRow {
        jti: jti("jti"),
        room_id: room_id("room"),
        user_id: user_id("zoe"),
        expires_at: NOW + HOUR,
        used_at: None,
        revoked_at: None,
    };
    assert_eq!(tenant.get_token(&jti("jti")).await.unwrap(), Some(fresh.clone()));
    assert_eq!(tenant.claim_token(&jti("jti"), NOW + 1).await.unwrap(), Claim::Claimed);
    assert_eq!(tenant.claim_token(&jti("jti"), NOW + 2).await.unwrap(), Claim::Used);
    let used = TokenRow { used_at: Some(NOW + 1), ..fresh };
    assert_eq!(tenant.get_token(&jti("jti")).await.unwrap(), Some(used));
    let error = tenant.record_token(new_token("jti", "room", "max"), None).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
}

pub async fn of_concurrent_claims_in_two_processes_exactly_one_wins(h: Harness) {
    let here = h.tenant_with_room("a", "room").await;
    let there = h.another_process().await.tenant(&app_id("a"));
    let ids: Vec<String> = (0..20).map(|n| format!("jti-{n}")).collect();
    join_all(ids.iter().map(|id| here.record_token(new_token(id, "room", "zoe"), None))).await;
    // Both processes ask for every token five times, in opposite orders.
    let claims =
        (0..5).flat_map(|_| ids.iter().map(|id| (&here, id)).chain(ids.iter().rev().map(|id| (&there, id))));
    let claims =
        claims.map(|(tenant, id)| async move { (id, tenant.claim_token(&jti(id), NOW).await.unwrap()) });
    let answers = join_all(claims).await;
    for id in &ids {
        let of_token: Vec<Claim> =
            answers.iter().filter(|(of, _)| *of == id).map(|(_, claim)| *claim).collect();
        assert_eq!(
            of_token.iter().filter(|claim| **claim == Claim::Claimed).count(),
            1,
            "{id}: {of_token:?}"
        );
        assert_eq!(of_token.iter().filter(|claim| **claim == Claim::Used).count(), 9, "{id}: {of_token:?}");
    }
}

pub async fn a_claim_tells_why_it_failed(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    for id in ["free", "used", "revoked", "used-and-revoked"] {
        tenant.record_token(new_token(id, "room", "zoe"), None).await.unwrap();
    }
    tenant.claim_token(&jti("used"), NOW).await.unwrap();
    tenant.claim_token(&jti("used-and-revoked"), NOW).await.unwrap();
    tenant.revoke_token(&jti("revoked"), NOW).await.unwrap();
    tenant.revoke_token(&jti("used-and-revoked"), NOW).await.unwrap();
    let ids = ["free", "used", "revoked", "used-and-revoked", "none"].map(jti);
    let claims = join_all(ids.iter().map(|id| tenant.claim_token(id, NOW))).await;
    let claims: Vec<Claim> = claims.into_iter().map(Result::unwrap).collect();
    assert_eq!(claims, [Claim::Claimed, Claim::Used, Claim::Revoked, Claim::Revoked, Claim::Unknown]);
}

pub async fn a_claim_given_back_can_be_made_again(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    let token = jti("jti");
    tenant.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    assert_eq!(tenant.claim_token(&token, NOW).await.unwrap(), Claim::Claimed);
    tenant.unclaim_token(&token).await.unwrap();
    assert_eq!(tenant.claim_token(&token, NOW).await.unwrap(), Claim::Claimed);
    tenant.revoke_token(&token, NOW).await.unwrap();
    tenant.unclaim_token(&token).await.unwrap();
    assert_eq!(tenant.claim_token(&token, NOW).await.unwrap(), Claim::Revoked);
    tenant.unclaim_token(&jti("none")).await.unwrap();
}

pub async fn a_revoked_token_is_returned_and_refused_from_then_on(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    let row = tenant.revoke_token(&jti("jti"), NOW + 1).await.unwrap().unwrap();
    assert_eq!((row.room_id, row.user_id, row.revoked_at), (room_id("room"), user_id("zoe"), Some(NOW + 1)));
    let again = tenant.revoke_token(&jti("jti"), NOW + 2).await.unwrap().unwrap();
    assert_eq!(again.revoked_at, Some(NOW + 1));
    assert_eq!(tenant.claim_token(&jti("jti"), NOW + 3).await.unwrap(), Claim::Revoked);
    assert_eq!(tenant.revoke_token(&jti("none"), NOW).await.unwrap(), None);
}

pub async fn all_tokens_of_a_user_for_a_room_are_revoked_together(h: Harness) {
    let tenant = h.tenant_with_room("a", "room").await;
    tenant.create_room(new_room("other", NOW), None).await.unwrap();
    for (id, room, user) in [
        ("1", "room", "zoe"),
        ("2", "room", "zoe"),
        ("3", "room", "max"),
        ("4", "other", "zoe"),
        ("5", "room", "zoe"),
    ] {
        tenant.record_token(new_token(id, room, user), None).await.unwrap();
    }
    tenant.revoke_token(&jti("5"), NOW).await.unwrap();
    assert_eq!(tenant.revoke_user_tokens(&room_id("room"), &user_id("zoe"), NOW).await.unwrap(), 2);
    assert_eq!(tenant.revoke_user_tokens(&room_id("room"), &user_id("zoe"), NOW).await.unwrap(), 0);
    let mut revoked = Vec::new();
    for id in ["1", "2", "3", "4", "5"] {
        if tenant.get_token(&jti(id)).await.unwrap().unwrap().revoked_at.is_some() {
            revoked.push(id);
        }
    }
    assert_eq!(revoked, ["1", "2", "5"]);
}

pub async fn another_tenants_token_does_not_exist(h: Harness) {
    let a = h.tenant_with_room("a", "room").await;
    let b = h.tenant_with_room("b", "room").await;
    let token = jti("jti");
    a.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    assert_eq!(b.get_token(&token).await.unwrap(), None);
    assert_eq!(b.claim_token(&token, NOW).await.unwrap(), Claim::Unknown);
    assert_eq!(b.revoke_token(&token, NOW).await.unwrap(), None);
    assert_eq!(b.revoke_user_tokens(&room_id("room"), &user_id("zoe"), NOW).await.unwrap(), 0);
    assert_eq!(a.claim_token(&token, NOW).await.unwrap(), Claim::Claimed);
    b.unclaim_token(&token).await.unwrap();
    assert_eq!(a.claim_token(&token, NOW).await.unwrap(), Claim::Used);
    // The same id may be another tenant's own.
    b.record_token(new_token("jti", "room", "zoe"), None).await.unwrap();
    let both = join_all([a.claim_token(&token, NOW), b.claim_token(&token, NOW)]).await;
    assert_eq!(both.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [Claim::Used, Claim::Claimed]);
}

pub async fn a_token_needs_its_room(h: Harness) {
    let tenant = h.tenant("a").await;
    let error = tenant.record_token(new_token("jti", "none", "zoe"), None).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
}
